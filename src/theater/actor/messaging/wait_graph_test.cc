#include "theater/actor/messaging/wait_graph.h"

#include "theater/base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <map>
#include <thread>
#include <utility>

namespace theater::wait_graph_test {

ActorId id(uint8_t number) {
  ActorId made;
  made.bytes[0] = number;
  return made;
}

using Ring = std::vector<ActorId>;

TEST(WaitGraph, RefusesToWaitForOneself) {
  WaitGraph graph;
  EXPECT_EQ(graph.enter(id(1), id(1), 0), Ring{id(1)});
}

TEST(WaitGraph, NamesTheRingFromWhoWouldCloseIt) {
  WaitGraph graph;
  EXPECT_EQ(graph.enter(id(1), id(2), 0), Ring{});
  EXPECT_EQ(graph.enter(id(2), id(3), 0), Ring{});
  EXPECT_EQ(graph.enter(id(3), id(1), 0), (Ring{id(3), id(1), id(2)}));
  // The refused wait is not entered: the ring can be tried again once it is open.
  graph.leave(id(1), 0);
  EXPECT_EQ(graph.enter(id(3), id(1), 1), Ring{});
}

TEST(WaitGraph, AllowsManyToWaitForOne) {
  WaitGraph graph;
  for (uint8_t i = 2; i < 10; ++i)
    EXPECT_EQ(graph.enter(id(i), id(1), 0), Ring{});
}

TEST(WaitGraph, LeavesOnlyTheWaitThatIsMeant) {
  WaitGraph graph;
  ASSERT_EQ(graph.enter(id(1), id(2), 5), Ring{});
  graph.leave(id(1), 4);
  EXPECT_EQ(graph.enter(id(2), id(1), 0), (Ring{id(2), id(1)}));
  graph.leave(id(1), 5);
  EXPECT_EQ(graph.enter(id(2), id(1), 0), Ring{});
}

TEST(WaitGraph, AllowsToWaitForARingOfOthers) {
  // As it is while one of the ring has not found out yet: the graph itself never keeps one.
  WaitGraph graph;
  ASSERT_EQ(graph.enter(id(1), id(2), 0), Ring{});
  ASSERT_EQ(graph.enter(id(3), id(1), 0), Ring{});
  EXPECT_EQ(graph.enter(id(2), id(3), 0), (Ring{id(2), id(3), id(1)}));
  EXPECT_EQ(graph.enter(id(9), id(3), 0), Ring{});
}

// Against a map, under random waits and ends of waits.
TEST(WaitGraph, RefusesJustWhatClosesARing) {
  constexpr uint8_t kActors = 12;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SeededRandom random(seed);
    WaitGraph graph;
    std::map<uint8_t, std::pair<uint8_t, uint64_t>> model;  // To, call.
    for (uint64_t call = 0; call < 300; ++call) {
      auto from = static_cast<uint8_t>(random.below(kActors));
      if (auto found = model.find(from); found != model.end()) {
        graph.leave(id(from), found->second.second);
        model.erase(found);
        continue;
      }
      auto to = static_cast<uint8_t>(random.below(kActors));
      Ring ring{id(from)};
      uint8_t at = to;
      while (at != from && model.contains(at)) {
        ring.push_back(id(at));
        at = model[at].first;
      }
      if (at != from) {
        ring.clear();
        model[from] = {to, call};
      }
      ASSERT_EQ(graph.enter(id(from), id(to), call), ring) << "seed " << seed;
    }
  }
}

// All close one ring at the same time, again and again: of each round exactly one is refused.
TEST(WaitGraph, RefusesOneOfThoseThatCloseARingTogether) {
  constexpr size_t kThreads = 4;
  constexpr uint64_t kRounds = 3'000;
  WaitGraph graph;
  std::atomic<size_t> refused{0};
  std::atomic<uint64_t> wrong{0};
  std::barrier entered(kThreads, [&]() noexcept {
    if (refused.exchange(0) != 1) wrong.fetch_add(1);
  });
  std::barrier left(kThreads);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      ActorId me = id(static_cast<uint8_t>(i));
      ActorId next = id(static_cast<uint8_t>((i + 1) % kThreads));
      for (uint64_t round = 0; round < kRounds; ++round) {
        if (!graph.enter(me, next, round).empty()) refused.fetch_add(1);
        entered.arrive_and_wait();
        graph.leave(me, round);
        left.arrive_and_wait();
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(wrong.load(), 0u);
}

// Waits come and go all over, and by the numbers of the actors there is never a ring: each waits
// for greater ones only.
TEST(WaitGraph, RefusesNothingWhereThereIsNoRing) {
  constexpr size_t kThreads = 4;
  constexpr uint8_t kEach = 4;
  WaitGraph graph;
  std::atomic<uint64_t> refused{0};
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      SeededRandom random(thread);
      std::array<uint64_t, kEach> waiting{};  // Call number of each one's wait.
      for (uint64_t call = 1; call < 20'000; ++call) {
        // Each actor belongs to one thread, and leaves before it enters again.
        uint64_t which = random.below(kEach);
        auto from = static_cast<uint8_t>(which * kThreads + thread);
        auto to = static_cast<uint8_t>(from + 1 + random.below(kThreads * kEach));
        graph.leave(id(from), std::exchange(waiting[which], call));
        if (!graph.enter(id(from), id(to), call).empty()) refused.fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(refused.load(), 0u);
}

}  // namespace theater::wait_graph_test
