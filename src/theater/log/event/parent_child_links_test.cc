#include "theater/log/event/parent_child_links.h"

#include <gtest/gtest.h>

namespace theater::log::parent_child_links_test {

ActorId id_of(uint8_t byte) {
  ActorId id;
  id.bytes.fill(byte);
  return id;
}

TEST(ParentChildLinks, KeepsAChildUntilItsEndIsRecorded) {
  ParentChildLinks<int> links;
  links.accept(Child{id_of(1), {}}, 10);
  EXPECT_TRUE(links.contains(id_of(1)));
  EXPECT_EQ(links.accept(ChildEnded{.actor = id_of(2)}), std::nullopt);
  EXPECT_EQ(links.accept(ChildEnded{.actor = id_of(1)}), 10);
  EXPECT_EQ(links.accept(ChildEnded{.actor = id_of(1)}), std::nullopt);
  EXPECT_EQ(links.size(), 0u);
}

TEST(ParentChildLinks, ListsTheOpenChildrenOldestFirst) {
  ParentChildLinks<int> links;
  for (uint8_t byte : {uint8_t{9}, uint8_t{3}, uint8_t{7}, uint8_t{5}})
    links.accept(Child{id_of(byte), {}}, byte);
  links.accept(Child{id_of(9), {}}, 100);  // Open already.
  links.accept(ChildEnded{.actor = id_of(3)});
  links.accept(Child{id_of(1), {}}, 1);
  EXPECT_EQ(links.smallest(), id_of(1));
  EXPECT_EQ(links.take_oldest_first(), (std::vector<int>{9, 7, 5, 1}));
  EXPECT_EQ(links.size(), 0u);
  EXPECT_EQ(links.smallest(), std::nullopt);
}

}  // namespace theater::log::parent_child_links_test
