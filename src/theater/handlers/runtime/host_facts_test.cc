#include "theater/handlers/runtime/host_facts.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace theater::host_facts_test {

TEST(MachineFacts, ReadsTheEnvironment) {
  ::setenv("THEATER_HOST_FACTS_TEST", "a value", 1);
  ::unsetenv("THEATER_HOST_FACTS_UNSET");
  MachineFacts facts;
  EXPECT_EQ(facts.environment("THEATER_HOST_FACTS_TEST"), "a value");
  EXPECT_EQ(facts.environment("THEATER_HOST_FACTS_UNSET"), std::nullopt);
}

TEST(MachineFacts, KnowsThisMachine) {
  SystemInfo info = MachineFacts().system_info();
  EXPECT_EQ(info.os_type, "Linux");
  EXPECT_FALSE(info.hostname.empty());
  EXPECT_FALSE(info.os_release.empty());
  EXPECT_GE(info.cpu_count, 1u);
  EXPECT_GT(info.memory_available, 0u);
  EXPECT_GT(info.memory_total, info.memory_available);
  EXPECT_GT(info.uptime, 0u);
}

TEST(MemoryAvailable, IsReadFromItsLine) {
  EXPECT_EQ(memory_available_in("MemTotal:  10 kB\nMemAvailable:    3 kB\n"), 3u * 1024);
  EXPECT_EQ(memory_available_in("MemTotal:  10 kB\n"), std::nullopt);
  EXPECT_EQ(memory_available_in("MemAvailable: none"), std::nullopt);
  EXPECT_EQ(memory_available_in("MemAvailable:"), std::nullopt);
}

}  // namespace theater::host_facts_test
