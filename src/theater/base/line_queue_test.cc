#include "theater/base/line_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace theater::line_queue_test {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

LogEntry entry(std::string text, LogLane lane = LogLane::kGuests) {
  return {.level = LogLevel::kInfo, .lane = lane, .time = {}, .text = std::move(text)};
}

// A reader that reads nothing until it is let.
class Reader {
 public:
  void read(const LogEntry& line) {
    state_.wait([](const State& state) { return state.reads; },
                [&](State& state) { state.lines.push_back(line.text.substr(0, 40)); });
  }
  void let() {
    state_.with([](State& state) { state.reads = true; });
    state_.notify_all();
  }
  std::vector<std::string> lines() {
    return state_.with([](State& state) { return state.lines; });
  }

 private:
  struct State {
    bool reads = false;
    std::vector<std::string> lines;
  };
  Guarded<State> state_;
};

struct LineQueueTest : ::testing::Test {
  ~LineQueueTest() override { reader.let(); }

  Reader reader;
  LineQueue queue{[this](const LogEntry& line) { reader.read(line); },
                  [](LogLane lane, uint64_t lines) {
                    return entry("left out: " + std::to_string(lines), lane);
                  }};
};

TEST_F(LineQueueTest, WritesEveryLineInOrder) {
  reader.let();
  queue.push(entry("one"));
  queue.push(entry("two", LogLane::kNode));
  queue.push(entry("three"));
  EXPECT_TRUE(queue.flush(1h));
  EXPECT_THAT(reader.lines(), ElementsAre("one", "two", "three"));
}

TEST_F(LineQueueTest, LeavesOutWhatHasNoRoomAndSaysHowMany) {
  std::string large(LineQueue::kLaneBytesMax, 'x');
  queue.push(entry(large));
  queue.push(entry("no room"));
  queue.push(entry("no room either"));
  queue.push(entry("of the node", LogLane::kNode));
  reader.let();
  EXPECT_TRUE(queue.flush(1h));
  queue.push(entry("there is room again"));
  EXPECT_TRUE(queue.flush(1h));
  EXPECT_THAT(reader.lines(), ElementsAre(large.substr(0, 40), "of the node", "left out: 2",
                                          "there is room again"));
}

TEST_F(LineQueueTest, TakesALineThatIsLargerThanItsRoom) {
  reader.let();
  queue.push(entry(std::string(2 * LineQueue::kLaneBytesMax, 'x')));
  EXPECT_TRUE(queue.flush(1h));
  EXPECT_EQ(reader.lines().size(), 1u);
}

TEST_F(LineQueueTest, DoesNotWaitAgainForAReaderThatStalls) {
  queue.push(entry("one"));
  EXPECT_FALSE(queue.flush(1ms));
  EXPECT_FALSE(queue.flush(1h));
  reader.let();
  // Nothing says when the reader has begun again.
  while (!queue.flush(1h))
    std::this_thread::yield();
  EXPECT_THAT(reader.lines(), ElementsAre("one"));
}

TEST(LineQueue, WritesWhatWaitsBeforeItEnds) {
  std::vector<std::string> lines;
  {
    LineQueue queue([&](const LogEntry& line) { lines.push_back(line.text); },
                    [](LogLane lane, uint64_t) { return entry("", lane); });
    for (int i = 0; i < 100; ++i)
      queue.push(entry("line"));
  }
  EXPECT_EQ(lines.size(), 100u);
}

}  // namespace theater::line_queue_test
