#include "theater/actor/messaging/interface_name.h"

#include <gtest/gtest.h>

namespace theater::interface_name_test {

TEST(InterfaceName, MatchesWithOrWithoutAVersion) {
  EXPECT_TRUE(interfaces_match("a:b/c", "a:b/c"));
  EXPECT_TRUE(interfaces_match("a:b/c", "a:b/c@0.1.0"));
  EXPECT_TRUE(interfaces_match("a:b/c@1.0.0", "a:b/c"));
  EXPECT_FALSE(interfaces_match("a:b/c", "a:b/d"));
  EXPECT_FALSE(interfaces_match("a:b/c", "a:b/cc@0.1.0"));
}

TEST(InterfaceName, ComparesVersionsBySemanticVersioning) {
  auto match = [](std::string a, std::string b) {
    return interfaces_match("a:b/c@" + a, "a:b/c@" + b);
  };
  EXPECT_TRUE(match("1.2.3", "1.9.0"));
  EXPECT_FALSE(match("1.2.3", "2.2.3"));
  EXPECT_TRUE(match("0.2.0", "0.2.9"));
  EXPECT_FALSE(match("0.2.0", "0.3.0"));
  EXPECT_TRUE(match("0.0.4", "0.0.4+build"));
  EXPECT_FALSE(match("0.0.4", "0.0.5"));
  EXPECT_FALSE(match("1.0.0-rc.1", "1.0.0"));
  EXPECT_TRUE(match("1.0.0-rc.1", "1.0.0-rc.1"));
  EXPECT_FALSE(match("1", "1.0.0"));
  EXPECT_FALSE(match("", "1.0.0"));
}

}  // namespace theater::interface_name_test
