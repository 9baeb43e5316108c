// Clients of one subject: those who are together, and those who read alone. The subject is a row of
// numbers, and the clients are the buffers behind their connections.
#include "theater/api/stream_group.h"

#include "theater/net/io_loop.h"
#include "theater/net/server_gate.h"
#include "theater/net/stream_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace theater::api::stream_group_test {

// The numbers below `end`, of which a text has five.
struct Numbers {
  uint64_t end = 0;
  bool is_over = false;
  bool fails = false;
  size_t reads = 0;
};

class NumberTrail final : public StreamTrail {
 public:
  explicit NumberTrail(Numbers& numbers, bool is_good = true)
      : numbers_(numbers), is_good_(is_good) {}

  std::unique_ptr<StreamTrail> copy() const override {
    return std::make_unique<NumberTrail>(*this);
  }
  uint64_t next() const override { return next_; }
  void show_from(uint64_t position) override { from_ = position; }
  bool may_have_more() override { return next_ < numbers_.end || numbers_.is_over; }
  bool knows_more_than(const StreamTrail& other) const override {
    return is_good_ && !static_cast<const NumberTrail&>(other).is_good_;
  }
  Result<StreamPiece> read(uint64_t until) override {
    ++numbers_.reads;
    if (numbers_.fails) return fail(ErrorCode::kCorrupt, "the numbers cannot be read");
    StreamPiece piece{.from = next_};
    uint64_t end = std::min({numbers_.end, until, next_ + 5});
    std::string text;
    for (; next_ < end; ++next_) {
      if (next_ >= from_) text += std::to_string(next_) + (is_good_ ? " " : "? ");
    }
    if (!text.empty()) piece.text = std::make_shared<const Bytes>(to_bytes(text));
    piece.to = next_;
    piece.next = next_ < numbers_.end ? StreamPiece::Next::kMore
                 : numbers_.is_over   ? StreamPiece::Next::kOver
                                      : StreamPiece::Next::kWait;
    return piece;
  }

 private:
  Numbers& numbers_;
  const bool is_good_;
  uint64_t from_ = 0;
  uint64_t next_ = 0;
};

// The way to a server that is not there.
class Nowhere final : public AnswerTarget {
 public:
  std::shared_ptr<ServerGate> gate() { return gate_; }
  void answer(ConnectionId, RequestId, HttpAnswer) override {}
  void start_stream(ConnectionId, RequestId, HttpAnswer, std::shared_ptr<StreamBuffer>) override {}
  void start_web_socket(ConnectionId, RequestId, std::shared_ptr<WebSocketQueue>) override {}
  void pump(ConnectionId) override {}

 private:
  IoLoop loop_{"test"};
  // Shared with the writers.
  const std::shared_ptr<ServerGate> gate_ = std::make_shared<ServerGate>(loop_, *this);
};

class StreamGroupTest : public ::testing::Test {
 protected:
  using Time = StreamGroup::Time;

  // One client's buffer, with room for so many bytes.
  std::shared_ptr<StreamBuffer> follow(uint64_t from = 0, StreamClient client = {},
                                       bool is_good = true, size_t room = 1'000) {
    auto buffer = std::make_shared<StreamBuffer>(StreamOptions{.waiting_bytes_max = room});
    group.add(std::make_unique<NumberTrail>(numbers, is_good), from, std::move(client),
              EventWriter(BodyWriter(nowhere_.gate(), ConnectionId{1}, buffer)));
    return buffer;
  }
  // As many turns as it wants.
  void pump() {
    while (group.has_work() && group.pump()) {
    }
  }
  static std::string text_of(const StreamBuffer::Batch& batch) {
    std::string text;
    for (const BodyPart& part : batch.parts)
      text += as_text(part.shared != nullptr ? *part.shared : part.own);
    return text;
  }
  // What the client gets now.
  static std::string take(StreamBuffer& buffer) {
    std::string text = text_of(buffer.take());
    buffer.sent();
    return text;
  }

  Numbers numbers;

 private:
  Nowhere nowhere_;

 protected:
  StreamGroup group{"numbers"};
};

TEST_F(StreamGroupTest, ClientsAtOnePlaceShareWhatIsRead) {
  auto one = follow();
  auto other = follow();
  pump();
  numbers.end = 8;
  numbers.reads = 0;
  pump();
  EXPECT_EQ(numbers.reads, 2u);
  StreamBuffer::Batch of_one = one->take();
  StreamBuffer::Batch of_other = other->take();
  EXPECT_EQ(text_of(of_one), "0 1 2 3 4 5 6 7 ");
  ASSERT_EQ(of_one.parts.size(), 2u);
  ASSERT_EQ(of_other.parts.size(), 2u);
  for (size_t at = 0; at < 2; ++at)
    EXPECT_EQ(of_one.parts[at].shared, of_other.parts[at].shared);
}

TEST_F(StreamGroupTest, NothingIsReadWithoutNews) {
  auto one = follow();
  auto other = follow(7);
  numbers.end = 3;
  pump();
  numbers.reads = 0;
  EXPECT_FALSE(group.has_work());
  pump();
  EXPECT_EQ(numbers.reads, 0u);
  EXPECT_EQ(group.size(), 2u);
}

TEST_F(StreamGroupTest, ANewClientReadsAloneUntilItIsWithTheOthers) {
  auto one = follow();
  numbers.end = 12;
  pump();
  EXPECT_EQ(take(*one), "0 1 2 3 4 5 6 7 8 9 10 11 ");
  auto other = follow();
  pump();
  EXPECT_EQ(take(*other), "0 1 2 3 4 5 6 7 8 9 10 11 ");
  numbers.end = 14;
  numbers.reads = 0;
  pump();
  EXPECT_EQ(numbers.reads, 1u);
  EXPECT_EQ(take(*one), "12 13 ");
  EXPECT_EQ(take(*other), "12 13 ");
}

TEST_F(StreamGroupTest, AClientGetsNothingBeforeWhereItBegins) {
  auto one = follow();
  auto later = follow(3);
  auto far = follow(100);
  numbers.end = 4;
  pump();
  EXPECT_EQ(take(*one), "0 1 2 3 ");
  EXPECT_EQ(take(*later), "3 ");
  numbers.end = 99;
  pump();
  EXPECT_EQ(take(*far), "");
  numbers.end = 103;
  pump();
  EXPECT_EQ(take(*far), "100 101 102 ");
  EXPECT_EQ(group.size(), 3u);
}

TEST_F(StreamGroupTest, AClientWithoutRoomHoldsUpNoOtherAndMissesNothing) {
  auto fast = follow();
  auto slow = follow(0, {}, true, 12);
  std::string of_fast;
  std::string of_slow;
  for (int turn = 0; turn < 20; ++turn) {
    numbers.end += 3;
    pump();
    of_fast += take(*fast);
    if (turn % 4 != 3) continue;
    of_slow += take(*slow);
    group.note_room();
  }
  std::string all;
  for (uint64_t number = 0; number < numbers.end; ++number)
    all += std::to_string(number) + " ";
  EXPECT_EQ(of_fast, all);
  EXPECT_LT(of_slow.size(), all.size());
  for (std::string more = " "; !more.empty(); of_slow += more) {
    group.note_room();
    pump();
    more = take(*slow);
  }
  EXPECT_EQ(of_slow, all);
  // It is with the other one again.
  numbers.end += 1;
  numbers.reads = 0;
  pump();
  EXPECT_EQ(numbers.reads, 1u);
  EXPECT_EQ(take(*slow), "60 ");
}

TEST_F(StreamGroupTest, ClientsWithoutRoomCostNothing) {
  auto slow = follow(0, {}, true, 12);
  numbers.end = 20;
  pump();
  numbers.reads = 0;
  numbers.end = 40;
  EXPECT_FALSE(group.has_work());
  EXPECT_EQ(numbers.reads, 0u);
}

TEST_F(StreamGroupTest, TheTrailThatKnowsMostReadsForAll) {
  auto poor = follow(0, {}, false);
  numbers.end = 2;
  pump();
  auto good = follow(0, {}, true);
  pump();
  numbers.end = 4;
  pump();
  EXPECT_EQ(take(*poor), "0? 1? 2 3 ");
  EXPECT_EQ(take(*good), "0 1 2 3 ");
}

TEST_F(StreamGroupTest, EndsWithItsSubject) {
  auto fast = follow();
  auto slow = follow(0, {}, true, 12);
  numbers.end = 4;
  pump();
  take(*fast);
  numbers.end = 12;
  numbers.is_over = true;
  pump();
  auto last = fast->take();
  EXPECT_EQ(text_of(last), "4 5 6 7 8 9 10 11 ");
  EXPECT_TRUE(last.is_finished);
  EXPECT_EQ(group.size(), 1u);
  std::string of_slow;
  while (group.size() > 0) {
    of_slow += take(*slow);
    group.note_room();
    pump();
  }
  last = slow->take();
  EXPECT_EQ(of_slow + text_of(last), "0 1 2 3 4 5 6 7 8 9 10 11 ");
  EXPECT_TRUE(last.is_finished);
}

TEST_F(StreamGroupTest, EndsWhenItsSubjectCannotBeRead) {
  auto one = follow();
  pump();
  auto other = follow();
  numbers.end = 1;
  numbers.fails = true;
  pump();
  EXPECT_EQ(group.size(), 0u);
  EXPECT_TRUE(one->take().is_finished);
  EXPECT_TRUE(other->take().is_finished);
}

TEST_F(StreamGroupTest, EndsForClientsWhoMayNotReadAnyMore) {
  bool holds = true;
  std::vector<std::shared_ptr<StreamBuffer>> theirs;
  for (int count = 0; count < 40; ++count)
    theirs.push_back(follow(0, {.holds = [&] { return holds; }}));
  auto mine = follow();
  pump();
  Time now{std::chrono::hours(1)};
  auto look = [&] {
    for (size_t count = 0; count < StreamGroup::kLooksAPeriod; ++count)
      group.look_after(now);
  };
  look();
  EXPECT_EQ(group.size(), 41u);
  holds = false;
  // Not asked again so soon.
  look();
  EXPECT_EQ(group.size(), 41u);
  now += StreamGroup::kHoldsPeriod;
  // The rest of a round of looks, and a whole one.
  look();
  look();
  EXPECT_EQ(group.size(), 1u);
  EXPECT_TRUE(theirs.front()->take().is_finished);
  EXPECT_FALSE(mine->take().is_finished);
}

TEST_F(StreamGroupTest, ForgetsClientsWhoHaveGone) {
  auto lease = std::make_shared<int>();
  auto gone = follow(0, {.holds = {}, .lease = lease});
  auto staying = follow();
  pump();
  gone->close();
  EXPECT_EQ(lease.use_count(), 2);
  group.forget_gone();
  EXPECT_EQ(group.size(), 1u);
  EXPECT_EQ(lease.use_count(), 1);
}

}  // namespace theater::api::stream_group_test
