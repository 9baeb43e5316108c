#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/environment.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using testing::Host;

TEST(Environment, IsWhatTheTestSays) {
  Host::current() = {};
  EXPECT_EQ(get_var("MODE"), std::nullopt);
  EXPECT_FALSE(var_exists("MODE"));
  EXPECT_THAT(list_vars(), ElementsAre());
  Host::current().environment = {{"MODE", "fast"}, {"EMPTY", ""}};
  EXPECT_EQ(get_var("MODE"), "fast");
  EXPECT_EQ(get_var("EMPTY"), "");
  EXPECT_TRUE(var_exists("EMPTY"));
  EXPECT_THAT(list_vars(), ElementsAre(Variable{"EMPTY", ""}, Variable{"MODE", "fast"}));
}

}  // namespace
}  // namespace theater
