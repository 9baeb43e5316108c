#include "theater/actor/wait_graph.h"

#include <gtest/gtest.h>

namespace theater {
namespace {

ActorId id(uint8_t number) {
  ActorId made;
  made.octets[0] = number;
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

}  // namespace
}  // namespace theater
