#include "theater/log/writer/log.h"

#include "theater/base/file.h"
#include "theater/log/check/log_check.h"
#include "theater/log/event/event.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/merkle/tiles.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/testing/log_home.h"
#include "theater/log/testing/sample_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <random>
#include <thread>
#include <unordered_map>
#include <vector>

namespace theater::log::log_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Keeps the committer busy from the moment that the object exists until release().
class Hold {
 public:
  Hold(Log& log, TestActor& actor) {
    actor.cite(Hash{});
    log.when_durable([this, released = released_.get_future().share()](const auto&) {
      begun_.set_value();
      released.wait();
    });
    begun_.get_future().wait();
  }
  void release() { released_.set_value(); }

 private:
  std::promise<void> begun_;
  std::promise<void> released_;
};

Checkpoint checkpoint_in(const LogHome& home) {
  Result<std::string> note = read_text_file(home.folder() / "checkpoint");
  if (!note) throw std::runtime_error(note.error().to_string());
  Result<SignedCheckpoint> read = parse_checkpoint(*note);
  if (!read) throw std::runtime_error(read.error().to_string());
  Result<void> verified =
      verify_checkpoint(*read, {.name = read->checkpoint.origin, .key = home.key().public_key()});
  if (!verified) throw std::runtime_error(verified.error().to_string());
  return read->checkpoint;
}

// What a reader sees of one actor.
std::vector<Bytes> events_of(const fs::path& folder, const ActorId& actor) {
  auto reader = LogReader::open(folder);
  if (!reader) throw std::runtime_error(reader.error().to_string());
  std::vector<Bytes> events;
  LogCursor cursor = (*reader)->actor_cursor(actor);
  for (;;) {
    auto event = cursor.next();
    if (!event) throw std::runtime_error(event.error().to_string());
    if (!*event) return events;
    events.push_back(to_bytes((*event)->bytes));
  }
}

std::vector<Bytes> events_of(const Chain& chain) {
  std::vector<Bytes> events;
  chain.for_each([&](uint64_t, ByteView bytes, const Hash&) { events.push_back(to_bytes(bytes)); });
  return events;
}

TEST(Log, BeginsWithTheNodesChain) {
  LogHome home;
  auto log = home.open();
  ActorId id = log->id();
  EXPECT_EQ(log->durable().size, 3u);
  ASSERT_TRUE(log->close());
  ReadLog read = read_log(home.folder());
  EXPECT_THAT(read.node_operations(), ElementsAre("node-started", "key", "node-stopped"));
  Result<Event> first = decode_event(read.events.at(0).bytes);
  ASSERT_TRUE(first);
  EXPECT_EQ(std::get<Genesis>(first->body).actor, id);
  EXPECT_EQ(std::get<Genesis>(first->body).name, "node");
  Checkpoint expected{log_origin(id), 4, read.tree.root()};
  EXPECT_EQ(checkpoint_in(home), expected);
  EXPECT_EQ(log->durable(), (LogPosition{4, read.tree.root()}));
}

TEST(Log, NotesFactsInTheNodesChainInTheirOrder) {
  LogHome home;
  auto log = home.open();
  constexpr int kEach = 200;
  std::vector<std::thread> noting;
  for (const char* what : {"one", "two"}) {
    noting.emplace_back([&log, what] {
      for (int count = 0; count < kEach; ++count)
        log->note(what, {static_cast<uint8_t>(count)});
    });
  }
  for (std::thread& thread : noting)
    thread.join();
  ASSERT_TRUE(log->close());
  log->note("late", {});
  log.reset();
  // It checks the links of the chain.
  ReadLog read = read_log(home.folder());
  std::vector<std::string> operations = read.node_operations();
  EXPECT_EQ(std::count(operations.begin(), operations.end(), "noted"), 2 * kEach);
  EXPECT_EQ(operations.back(), "node-stopped");
  std::map<std::string, int> next;
  for (const ReadLog::Entry& entry : read.events) {
    Event event = decode_event(entry.bytes).value();
    const auto* control = std::get_if<Control>(&event.body);
    if (control == nullptr) continue;
    const auto* noted = std::get_if<Noted>(&control->operation);
    if (noted == nullptr) continue;
    EXPECT_EQ(inline_bytes(noted->data)->view()[0], next[noted->what]++);
  }
}

TEST(Log, GivesBackTheRoomWhenItIsClosed) {
  LogHome home;
  LogOptions options;
  options.preallocate_bytes = 1 << 20;
  auto log = home.open(options);
  EXPECT_EQ(fs::file_size(segment_path(home.folder(), 0)), 1u << 20);
  ASSERT_TRUE(log->close());
  EXPECT_LT(fs::file_size(segment_path(home.folder(), 0)), 2000u);
  EXPECT_TRUE(log->close());
}

TEST(Log, GoesOnWhereItEnded) {
  LogHome home;
  auto log = home.open();
  ActorId id = log->id();
  TestActor actor(*log);
  log.reset();
  log = home.open();
  EXPECT_EQ(log->id(), id);
  TestActor other(*log);
  EXPECT_EQ(actor.number(), ActorNumber{1});
  EXPECT_EQ(other.number(), ActorNumber{2});
  log.reset();
  ReadLog read = read_log(home.folder());
  EXPECT_THAT(read.node_operations(),
              ElementsAre("node-started", "key", "node-stopped", "node-started", "node-stopped"));
  EXPECT_EQ(checkpoint_in(home).root, read.tree.root());
  EXPECT_EQ(events_of(home.folder(), actor.id()), events_of(actor.chain()));
  EXPECT_EQ(events_of(home.folder(), other.id()), events_of(other.chain()));
}

// Every event cites the event that some thread appended last; each must be where its reader has
// already been when it comes to the group.
TEST(Log, NeverPutsAnEventBeforeTheGroupOfOneThatItCites) {
  LogHome home;
  LogOptions options;
  options.segment_bytes = 20'000;
  auto log = home.open(options);
  constexpr int kThreads = 8;
  constexpr int kEvents = 400;
  Guarded<Hash> last;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      TestActor actor(*log);
      for (int i = 0; i < kEvents; ++i) {
        Hash cited = last.with([](const Hash& hash) { return hash; });
        bool waits = i % 16 == t;
        Hash made = actor.cite(cited, waits ? Durability::kSync : Durability::kAsync).hash;
        last.with([&](Hash& hash) { hash = made; });
        if (waits) {
          ASSERT_TRUE(log->flush());
        }
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  ASSERT_TRUE(log->close());

  ReadLog read = read_log(home.folder());
  EXPECT_EQ(read.events.size(), 4u + kThreads * (2 + kEvents));
  EXPECT_GT(read.segments, 5u);
  std::unordered_map<Hash, size_t> groups;
  for (const ReadLog::Entry& entry : read.events)
    groups[entry.hash] = entry.group;
  size_t cited = 0;
  for (const ReadLog::Entry& entry : read.events) {
    Result<Event> event = decode_event(entry.bytes);
    ASSERT_TRUE(event);
    const auto* discarded = std::get_if<Discarded>(&event->body);
    if (discarded == nullptr || discarded->sent.is_zero()) continue;
    ASSERT_TRUE(groups.contains(discarded->sent));
    EXPECT_LE(groups.at(discarded->sent), entry.group);
    ++cited;
  }
  EXPECT_GE(cited, size_t{kThreads} * kEvents - kThreads);
  EXPECT_EQ(checkpoint_in(home).size, read.tree.size());
  EXPECT_EQ(checkpoint_in(home).root, read.tree.root());
}

TEST(Log, PutsWhatIsRecordedDuringOneGroupIntoTheNext) {
  LogHome home;
  auto log = home.open(quiet());
  TestActor actor(*log);
  Hold hold(*log, actor);
  uint64_t before = log->durable().size;
  constexpr uint64_t kActors = 8;
  std::atomic<uint64_t> durable = 0;
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kActors; ++t) {
    threads.emplace_back([&] {
      TestActor other(*log);
      log->when_durable([&](const std::optional<Error>& error) {
        if (!error) ++durable;
      });
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(durable, 0u);
  hold.release();
  ASSERT_TRUE(log->flush());
  EXPECT_EQ(durable, kActors);
  EXPECT_EQ(log->durable().size, before + 2 * kActors);
  ASSERT_TRUE(log->close());
  ReadLog read = read_log(home.folder());
  EXPECT_EQ(read.groups.at(read.groups.size() - 2).count, 2 * kActors);
}

TEST(Log, LetsAsynchronousEventsWaitForCompany) {
  LogHome home;
  LogOptions options = quiet();
  options.async_delay = std::chrono::hours(2);
  options.async_bytes = 10'000;
  auto log = home.open(options);
  TestActor actor(*log);
  for (int i = 0; i < 10; ++i)
    actor.cite(Hash{});
  EXPECT_EQ(log->durable().size, 3u);
  ASSERT_TRUE(log->flush());
  EXPECT_EQ(log->durable().size, 15u);
  // Enough bytes end the wait as well.
  for (int i = 0; i < 200; ++i)
    actor.cite(Hash{});
  while (log->durable().size == 15)
    std::this_thread::yield();
  ASSERT_TRUE(log->close());
  ReadLog read = read_log(home.folder());
  EXPECT_EQ(read.groups.at(1).count, 12u);
}

TEST(Log, CommitsAsynchronousEventsWithoutBeingAsked) {
  LogHome home;
  auto log = home.open();
  TestActor actor(*log);
  while (log->durable().size < 5)
    std::this_thread::yield();
  EXPECT_EQ(log->durable().size, 5u);
}

TEST(Log, SaysThatThereIsNoRoomUntilHalfOfItIsFree) {
  LogHome home;
  LogOptions options = quiet();
  options.buffer_bytes = 10'000;
  auto log = home.open(options);
  TestActor actor(*log);
  Hold hold(*log, actor);
  EXPECT_TRUE(log->has_room());
  for (int i = 0; i < 120; ++i)
    actor.cite(Hash{});
  EXPECT_FALSE(log->has_room());
  std::promise<bool> told;
  log->when_room([&] { told.set_value(log->has_room()); });
  hold.release();
  EXPECT_TRUE(told.get_future().get());
  // With room, it is told as soon as the committer comes to it.
  std::promise<void> again;
  log->when_room([&] { again.set_value(); });
  again.get_future().wait();
}

TEST(Log, WhoWaitsForNothingIsCalled) {
  LogHome home;
  auto log = home.open();
  auto called = std::make_shared<std::promise<bool>>();
  log->when_durable([called](const std::optional<Error>& error) { called->set_value(!error); });
  EXPECT_TRUE(called->get_future().get());
}

// Whoever was answered before is done when a flush is.
TEST(Log, WhoAsksFirstIsCalledFirst) {
  LogHome home;
  auto log = home.open();
  TestActor actor(*log);
  for (int i = 0; i < 300; ++i) {
    actor.cite(sample_hash(static_cast<uint8_t>(i)));
    auto called = std::make_shared<std::atomic<bool>>(false);
    log->when_durable([called](const std::optional<Error>&) { called->store(true); });
    ASSERT_TRUE(log->flush());
    EXPECT_TRUE(called->load());
  }
}

// Threads that hold, and commit themselves or leave it to the committer: nobody is forgotten,
// though nobody flushes.
void commit_on_threads(size_t count, std::atomic<uint64_t>& own) {
  LogHome home;
  LogOptions options;
  options.short_commit = std::chrono::hours(2);
  auto log = home.open(options);
  constexpr uint64_t kStretches = 300;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < count; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom random(t);
      TestActor actor(*log);
      std::atomic<uint64_t> told = 0;
      for (uint64_t i = 0; i < kStretches; ++i) {
        if (random.below(8) != 0) log->defer_wakeups();
        actor.cite(Hash{}, random.below(2) == 0 ? Durability::kSync : Durability::kAsync);
        log->when_durable([&](const std::optional<Error>& error) {
          EXPECT_FALSE(error);
          ++told;
        });
        own += log->end_deferral(random.below(3) == 0 ? CommitBy::kCommitter
                                                      : CommitBy::kCallingThread);
        bool waits = random.below(4) != 0;
        while (waits && told <= i)
          std::this_thread::yield();
      }
      while (told < kStretches)
        std::this_thread::yield();
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(log->durable().size, 3u + count * (2 + kStretches));
  ASSERT_TRUE(log->close());
  ReadLog read = read_log(home.folder());
  EXPECT_EQ(checkpoint_in(home).size, read.tree.size());
  EXPECT_EQ(checkpoint_in(home).root, read.tree.root());
}

TEST(Log, WhoeverCommitsForgetsNobody) {
  // Where many threads leave no pause, all of it may be the committer's.
  std::atomic<uint64_t> own = 0;
  for (size_t threads : {1u, 4u})
    commit_on_threads(threads, own);
  EXPECT_GT(own, 0u);
}

// A flush waits for the disk anyway.
TEST(Log, AFlushOfWhoHoldsCommits) {
  LogHome home;
  for (bool is_short : {true, false}) {
    LogOptions options;
    options.short_commit = std::chrono::hours(is_short ? 2 : 0);
    auto log = home.open(options);
    TestActor actor(*log);
    ASSERT_TRUE(log->flush());
    std::thread::id where;
    // The committer may still be at the end of what it did last.
    for (int i = 0; i < 1'000 && where != std::this_thread::get_id(); ++i) {
      log->defer_wakeups();
      actor.cite(Hash{});
      log->when_durable([&](const auto&) { where = std::this_thread::get_id(); });
      ASSERT_TRUE(log->flush());
    }
    EXPECT_EQ(where == std::this_thread::get_id(), is_short);
  }
}

TEST(Log, RollsSegmentsThatAReaderFollows) {
  LogHome home;
  LogOptions options;
  options.segment_bytes = 1000;
  std::vector<std::unique_ptr<Chain>> chains;
  std::vector<ActorId> ids;
  for (int run = 0; run < 3; ++run) {
    auto log = home.open(options);
    TestActor a(*log);
    TestActor b(*log);
    for (int i = 0; i < 40; ++i) {
      a.cite(sample_hash(static_cast<uint8_t>(i)));
      if (i % 10 == 0) b.cite(sample_hash(7));
      if (i % 4 == 0) {
        ASSERT_TRUE(log->flush());
      }
    }
    ASSERT_TRUE(log->close());
    for (TestActor* actor : {&a, &b}) {
      ids.push_back(actor->id());
      chains.push_back(std::make_unique<Chain>(actor->chain()));
    }
  }
  ReadLog read = read_log(home.folder());
  EXPECT_GT(read.segments, 12u);
  EXPECT_EQ(read.events.size(), 4u + 2 * 2 + 3 * (2 + 2 + 40 + 4));
  for (size_t i = 0; i < ids.size(); ++i)
    EXPECT_EQ(events_of(home.folder(), ids[i]), events_of(*chains[i]));
  EXPECT_EQ(checkpoint_in(home).root, read.tree.root());
}

// Nothing compresses them.
Bytes random_bytes(size_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (uint8_t& byte : bytes)
    byte = static_cast<uint8_t>(random());
  return bytes;
}

TEST(Log, KeepsDetachedPayloadsBesideTheirEvents) {
  LogHome home;
  LogOptions options;
  options.segment_bytes = 20'000;
  auto log = home.open(options);
  TestActor actor(*log);
  constexpr size_t kCalls = 20;
  for (size_t i = 0; i < kCalls; ++i) {
    actor.record_detached(random_bytes(1000 * i, i));
    actor.cite(Hash{});
    if (i % 3 == 0) {
      ASSERT_TRUE(log->flush());
    }
  }
  ASSERT_TRUE(log->close());
  EXPECT_GT(read_log(home.folder()).segments, 4u);
  Result<LogReport> report = check_log(home.folder());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::kValid);
  EXPECT_EQ(report->bodies, kCalls);

  auto reader = LogReader::open(home.folder());
  ASSERT_TRUE(reader);
  LogCursor cursor = (*reader)->actor_cursor(actor.id());
  size_t found = 0;
  for (;;) {
    auto event = cursor.next();
    ASSERT_TRUE(event) << event.error().to_string();
    if (!*event) break;
    if (!(*event)->bodies) continue;
    auto bodies = cursor.bodies(1);
    ASSERT_TRUE(bodies) << bodies.error().to_string();
    ASSERT_TRUE(bodies->at(0));
    EXPECT_EQ(*bodies->at(0)->shared, random_bytes(1000 * found, found));
    ++found;
  }
  EXPECT_EQ(found, kCalls);
}

TEST(Log, SyncsBlobsBeforeTheEventsThatNameThem) {
  LogHome home;
  auto log = home.open(quiet());
  TestActor actor(*log);
  Result<Hash> blob = home.blobs().put(to_bytes("state"));
  ASSERT_TRUE(blob);
  EXPECT_TRUE(home.blobs().pending());
  actor.cite(*blob);
  ASSERT_TRUE(log->flush());
  EXPECT_FALSE(home.blobs().pending());
}

TEST(Log, SignsACheckpointSoonAfterAGroup) {
  LogHome home;
  LogOptions options;
  options.checkpoint_delay = std::chrono::milliseconds(1);
  auto log = home.open(options);
  TestActor actor(*log);
  ASSERT_TRUE(log->flush());
  LogPosition position = log->durable();
  Checkpoint checkpoint;
  while (checkpoint.size < position.size) {
    std::this_thread::yield();
    if (fs::exists(home.folder() / "checkpoint")) checkpoint = checkpoint_in(home);
  }
  EXPECT_EQ(checkpoint.root, position.root);
}

TEST(Log, WritesTilesAndMakesThemAnewWhenTheyAreMissing) {
  LogHome home;
  auto log = home.open();
  TestActor actor(*log);
  for (int i = 0; i < 1000; ++i)
    actor.cite(Hash{});
  ASSERT_TRUE(log->close());
  auto expect_tiles = [&](const LogPosition& position) {
    Result<Tree> tree = TileReader(home.folder()).tree(position.size);
    ASSERT_TRUE(tree) << tree.error().to_string();
    EXPECT_EQ(tree->root(), position.root);
  };
  expect_tiles(log->durable());
  log.reset();

  fs::remove_all(home.folder() / "tile");
  log = home.open();
  TestActor other(*log);
  ASSERT_TRUE(log->close());
  expect_tiles(log->durable());
  EXPECT_EQ(checkpoint_in(home).size, log->durable().size);
}

TEST(Log, RefusesSegmentsThatNoReaderTakes) {
  LogHome home;
  LogOptions options;
  options.segment_bytes = LogOptions::kSealBytesMax + 1;
  auto log = home.try_open(home.folder(), options);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(fs::exists(home.folder()));
}

TEST(Log, StopsWhenThePublisherFails) {
  LogHome home;
  auto log = home.open(quiet());
  TestActor actor(*log);
  ASSERT_TRUE(log->flush());
  fs::create_directories(home.folder() / "checkpoint" / "in-the-way");
  std::optional<Error> told;
  log->on_failure([&](const Error& error) { told = error; });
  Result<void> closed = log->close();
  ASSERT_FALSE(closed);
  EXPECT_THAT(closed.error().to_string(), HasSubstr("publishing the log"));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->to_string(), closed.error().to_string());
  EXPECT_FALSE(log->has_room());
  bool room_called = false;
  log->when_room([&] { room_called = true; });
  EXPECT_TRUE(room_called);
  bool called = false;
  log->when_durable([&](const std::optional<Error>& error) { called = error.has_value(); });
  EXPECT_TRUE(called);
}

}  // namespace theater::log::log_test
