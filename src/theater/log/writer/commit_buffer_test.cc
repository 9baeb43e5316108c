// Who commits what: whoever holds wakes up nobody, and makes up for it.
#include "theater/log/writer/commit_buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace theater::log::commit_buffer_test {

using std::chrono::hours;
using ::testing::ElementsAre;

constexpr ActorNumber kSomebody{1};

struct CommitBufferTest : ::testing::Test {
  ~CommitBufferTest() override {
    buffer.stop();
    if (committer.joinable()) committer.join();
  }

  // One that does not sleep yet takes what is there without being woken up, so it is started only
  // when it may.
  void start_committer() {
    committer = std::thread([this] { commit(); });
  }

  void append(Durability durability, std::span<const DetachedBody> bodies = {}) {
    buffer.append(kSomebody, Bytes{1, 2, 3}, Hash{}, bodies, durability);
  }
  void wait_for(const std::string& name) {
    buffer.when_durable([this, name](const std::optional<Error>& failure) {
      called.with([&](auto& all) { all.push_back(failure ? name + " failed" : name); });
      called.notify_all();
    });
  }
  std::vector<std::string> all_called(size_t count) {
    return called.wait([&](const auto& all) { return all.size() >= count; },
                       [](const auto& all) { return all; });
  }
  std::vector<std::string> called_so_far() {
    return called.with([](const auto& all) { return all; });
  }
  // Takes one event, for which nobody else can have been woken up.
  bool begin_turn() {
    buffer.defer_wakeups();
    append(Durability::kSync);
    return buffer.end_deferral() && buffer.try_take(batch);
  }
  // Ends a turn.
  void finish() {
    size += batch.items.size();
    CommitBuffer::Finished finished = buffer.finish({size, Hash{}});
    for (const DurableWaiter& waiter : batch.waiters)
      waiter(finished.failure);
    for (const auto& then : finished.room)
      then();
    buffer.all_called();
    buffer.release();
  }
  void commit() {
    while (buffer.take(batch)) {
      by_committer += batch.items.size();
      finish();
    }
    ended_after_turn = turn_is_over;
  }

  CommitBuffer buffer{
      {.buffer_bytes = 1 << 20, .async_bytes = 1 << 19, .async_delay = hours(1)}, 2, {}};
  Batch batch;        // As the rest, for whoever has the turn.
  uint64_t size = 0;  // On disk.
  uint64_t by_committer = 0;
  std::atomic<bool> turn_is_over{false};
  bool ended_after_turn = false;
  Guarded<std::vector<std::string>> called;
  std::thread committer;
};

TEST_F(CommitBufferTest, WhoHoldsCommitsAlone) {
  buffer.defer_wakeups();
  append(Durability::kSync);
  wait_for("first");
  wait_for("second");
  ASSERT_TRUE(buffer.end_deferral());
  EXPECT_THAT(called_so_far(), ElementsAre());
  ASSERT_TRUE(buffer.try_take(batch));
  EXPECT_EQ(batch.items.size(), 1u);
  start_committer();
  finish();
  EXPECT_THAT(called_so_far(), ElementsAre("first", "second"));
  EXPECT_FALSE(buffer.end_deferral());
  EXPECT_FALSE(buffer.try_take(batch)) << "there is nothing left";
  EXPECT_EQ(by_committer, 0u);
}

TEST_F(CommitBufferTest, OrWakesTheCommitter) {
  buffer.defer_wakeups();
  append(Durability::kSync);
  wait_for("first");
  ASSERT_TRUE(buffer.end_deferral());
  start_committer();
  buffer.wake();
  EXPECT_THAT(all_called(1), ElementsAre("first"));
}

TEST_F(CommitBufferTest, WhoHoldsAnotherBufferWakesThisOnesCommitter) {
  CommitBuffer other({.buffer_bytes = 1, .async_bytes = 1, .async_delay = hours(1)}, 2, {});
  start_committer();
  other.defer_wakeups();
  append(Durability::kSync);
  wait_for("first");
  EXPECT_THAT(all_called(1), ElementsAre("first"));
  EXPECT_FALSE(other.end_deferral());
}

// What somebody else leaves behind meanwhile is for whoever settles first.
TEST_F(CommitBufferTest, HoldersSettleForEachOther) {
  buffer.defer_wakeups();
  append(Durability::kSync);
  std::thread([&] {
    buffer.defer_wakeups();
    append(Durability::kSync);
    wait_for("first");
    EXPECT_TRUE(buffer.end_deferral());
    buffer.wake();
  }).join();
  start_committer();
  EXPECT_THAT(all_called(1), ElementsAre("first"));
  EXPECT_FALSE(buffer.end_deferral());
}

// Whoever does not hold waits for no end of somebody else's stretch.
TEST_F(CommitBufferTest, WhoDoesNotHoldWakesTheCommitterForAll) {
  buffer.defer_wakeups();
  append(Durability::kSync);
  std::thread([&] { wait_for("first"); }).join();
  EXPECT_FALSE(buffer.end_deferral());
  start_committer();
  EXPECT_THAT(all_called(1), ElementsAre("first"));
}

TEST_F(CommitBufferTest, OnlyWhatIsUrgentAndSmallIsTakenWithoutWaiting) {
  buffer.defer_wakeups();
  append(Durability::kAsync);
  EXPECT_TRUE(buffer.end_deferral()) << "the committer's hour has to begin";
  EXPECT_FALSE(buffer.try_take(batch)) << "nobody waits";
  buffer.defer_wakeups();
  append(Durability::kSync, std::array{DetachedBody{Salt{}, Bytes{1}}});
  EXPECT_TRUE(buffer.end_deferral());
  EXPECT_FALSE(buffer.try_take(batch)) << "a body";
  buffer.wake();
}

TEST_F(CommitBufferTest, WhatIsLargeIsTheCommitters) {
  buffer.defer_wakeups();
  buffer.append(kSomebody, Bytes(CommitBuffer::kSmallBytesMax), Hash{}, {}, Durability::kSync);
  wait_for("first");
  EXPECT_TRUE(buffer.end_deferral());
  EXPECT_FALSE(buffer.try_take(batch));
  start_committer();
  buffer.wake();
  EXPECT_THAT(all_called(1), ElementsAre("first"));
}

// The append that reaches the bound is the last that finds room, so the buffer holds at most one
// append of each thread more.
TEST_F(CommitBufferTest, HasNoRoomFromItsBoundOn) {
  constexpr size_t kThreads = 4;
  constexpr size_t kBodyBytes = 5'000;
  constexpr size_t kBoundBytes = size_t{1} << 20;  // As that of `buffer`.
  Bytes bytes(kBodyBytes);
  DetachedBody body{.bytes = bytes};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      while (buffer.has_room())
        append(Durability::kAsync, {&body, 1});
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  ASSERT_TRUE(buffer.take(batch));
  EXPECT_GE(batch.size_bytes(), kBoundBytes);
  EXPECT_LE(batch.size_bytes(), kBoundBytes + kThreads * (kBodyBytes + 100));
  // What the committer has taken still counts.
  EXPECT_FALSE(buffer.has_room());
  finish();
  EXPECT_TRUE(buffer.has_room());
}

TEST_F(CommitBufferTest, OneHasTheTurn) {
  ASSERT_TRUE(begin_turn());
  start_committer();
  // What comes meanwhile is the committer's, without a wake-up, once the turn has ended.
  buffer.defer_wakeups();
  append(Durability::kSync);
  wait_for("second");
  EXPECT_FALSE(buffer.end_deferral());
  Batch another;
  EXPECT_FALSE(buffer.try_take(another));
  EXPECT_THAT(called_so_far(), ElementsAre());
  EXPECT_EQ(by_committer, 0u);
  finish();
  EXPECT_THAT(all_called(1), ElementsAre("second"));
}

TEST_F(CommitBufferTest, AFailureInSomebodysTurnReachesAll) {
  buffer.defer_wakeups();
  append(Durability::kSync);
  wait_for("first");
  (void)buffer.end_deferral();
  ASSERT_TRUE(buffer.try_take(batch));
  start_committer();
  wait_for("second");
  buffer.fail(Error(ErrorCode::kIo, "the disk is gone"));
  EXPECT_THAT(called_so_far(), ElementsAre());
  CommitBuffer::Finished finished = buffer.finish({});
  ASSERT_TRUE(finished.failure);
  for (const DurableWaiter& waiter : batch.waiters)
    waiter(finished.failure);
  EXPECT_THAT(called_so_far(), ElementsAre("first failed"));
  buffer.all_called();
  EXPECT_THAT(called_so_far(), ElementsAre("first failed", "second failed"));
  buffer.release();
  committer.join();  // There is nothing more to come for it.
}

// The end does not come before whoever has the turn has ended it.
TEST_F(CommitBufferTest, StoppingWaitsForWhoeverHasTheTurn) {
  ASSERT_TRUE(begin_turn());
  start_committer();
  buffer.stop();
  // Long enough for a committer that does not wait.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  turn_is_over = true;
  finish();
  committer.join();
  EXPECT_TRUE(ended_after_turn);
}

}  // namespace theater::log::commit_buffer_test
