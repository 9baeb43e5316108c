#include "theater/log/event/function_table.h"

#include <gtest/gtest.h>

namespace theater::log::function_table_test {

TEST(FunctionTable, SortsByBytesAndDropsRepetitions) {
  FunctionTable table = FunctionTable::from_names({"b", "a", "B", "a", "a-b", "a/b"});
  EXPECT_EQ(table.names(), (std::vector<std::string>{"B", "a", "a-b", "a/b", "b"}));
}

TEST(FunctionTable, FindsAName) {
  FunctionTable table = FunctionTable::from_names({"x", "z"});
  EXPECT_EQ(table.find("z"), 1u);
  EXPECT_EQ(table.find("y"), std::nullopt);
  EXPECT_EQ(table.find(""), std::nullopt);
  EXPECT_EQ(FunctionTable().find("x"), std::nullopt);
  EXPECT_TRUE(table.contains(1));
  EXPECT_FALSE(table.contains(2));
}

TEST(FunctionTable, RefusesARecordedTableOutOfOrder) {
  EXPECT_TRUE(FunctionTable::from_recorded({"a", "b"}));
  EXPECT_TRUE(FunctionTable::from_recorded({}));
  EXPECT_FALSE(FunctionTable::from_recorded({""}));
  Result<FunctionTable> swapped = FunctionTable::from_recorded({"a", "c", "b"});
  ASSERT_FALSE(swapped);
  EXPECT_EQ(swapped.error().message(),
            "function 2 of the table, `b`, does not come after `c` in byte order");
  EXPECT_FALSE(FunctionTable::from_recorded({"a", "a"}));
}

}  // namespace theater::log::function_table_test
