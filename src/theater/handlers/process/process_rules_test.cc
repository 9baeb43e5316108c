#include "theater/handlers/process/process_rules.h"

#include "theater/manifest/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::process_rules_test {

using ::testing::HasSubstr;

constexpr uint64_t kPayload = 1 << 20;

ProcessRules rules(const std::string& grant) {
  return {parse_grant(grant, "/")->process, kPayload};
}

ProcessConfig config(std::string program, std::vector<std::string> args = {}) {
  ProcessConfig made;
  made.program = std::move(program);
  made.args = std::move(args);
  made.buffer_size = 1000;
  return made;
}

TEST(ProcessRules, TheGrantOfWhatIsMissingIsNarrow) {
  ProcessConfig asked = config("git", {"status", "-s"});
  asked.cwd = "/src//repo/.";
  std::string grant = "process:programs=git;paths=/src/repo";
  EXPECT_EQ(ProcessRules({}, kPayload).refuses_spawn(asked, 0), "process");
  EXPECT_EQ(rules("process:programs=make").refuses_spawn(asked, 0), grant);
  EXPECT_EQ(rules("process:paths=/src/other").refuses_spawn(asked, 0), grant);
  EXPECT_EQ(rules("process:commands=git log *").refuses_spawn(asked, 0),
            "process:programs=git;commands=git status -s;paths=/src/repo");
  EXPECT_EQ(rules("process:max-output-buffer=10").refuses_spawn(asked, 0),
            grant + ";max-output-buffer=1000");
  EXPECT_EQ(rules("process:max-processes=2").refuses_spawn(asked, 2),
            grant + ";max-processes=3 (the actor has 2 processes, and may have 2)");
  for (const char* allowed :
       {"process", "process:programs=git", "process:programs=git;commands=git status *",
        "process:paths=/src", "process:programs=git;paths=/src/repo;max-processes=3"}) {
    EXPECT_EQ(rules(allowed).refuses_spawn(asked, 2), std::nullopt) << allowed;
  }
  // The grant that the refusal names is enough.
  EXPECT_EQ(rules(grant).refuses_spawn(asked, 0), std::nullopt);
}

TEST(ProcessRules, ALongCommandIsNotSpeltOut) {
  EXPECT_EQ(rules("process:commands=make").refuses_spawn(config("sh", {std::string(1000, 'x')}), 0),
            "process:programs=sh;commands=sh *;paths=");
}

TEST(ProcessRules, WhatIsNoProcessIsNoMatterOfPermission) {
  ProcessRules all = rules("process");
  auto fault = [&](const ProcessConfig& asked) {
    EXPECT_EQ(all.refuses_spawn(asked, 0), std::nullopt);
    return all.fault_of(asked).value_or("none");
  };
  EXPECT_EQ(fault(config("true")), "none");
  EXPECT_THAT(fault(config("")), HasSubstr("no program"));
  EXPECT_THAT(fault(config("*")), HasSubstr("no program"));
  EXPECT_THAT(fault(config(std::string("a\0b", 3))), HasSubstr("NUL"));
  EXPECT_THAT(fault(config("a", {std::string("\0", 1)})), HasSubstr("NUL"));
  EXPECT_THAT(fault(config("a", std::vector<std::string>(5000, "x"))), HasSubstr("5001 with"));
  ProcessConfig asked = config("true");
  asked.env = {{"A=B", "x"}};
  EXPECT_THAT(fault(asked), HasSubstr("`A=B` is no name"));
  asked.env = {{"", "x"}};
  EXPECT_THAT(fault(asked), HasSubstr("is no name"));
  asked = config("true");
  asked.cwd = "relative";
  EXPECT_THAT(fault(asked), HasSubstr("no absolute path"));
  asked = config("true");
  asked.chunk_size = 0;
  EXPECT_THAT(fault(asked), HasSubstr("`chunk-size` is 0"));
  asked.chunk_size = 2 * kPayload;
  EXPECT_THAT(fault(asked), HasSubstr("payload_bytes"));
  asked = config("true");
  asked.execution_timeout = 0;
  EXPECT_THAT(fault(asked), HasSubstr("0 seconds"));
  asked.execution_timeout = std::numeric_limits<uint64_t>::max();
  EXPECT_THAT(fault(asked), HasSubstr("more than 31536000 seconds"));
}

TEST(ProcessRules, TheFolderIsTheOnlyOneOrNone) {
  EXPECT_EQ(rules("process:paths=/a").folder_of(config("true")), "/a");
  EXPECT_EQ(rules("process:paths=/a,/b").folder_of(config("true")), std::nullopt);
  EXPECT_EQ(rules("process:paths=").folder_of(config("true")), std::nullopt);
  EXPECT_EQ(rules("process").folder_of(config("true")), std::nullopt);
  EXPECT_EQ(rules("process:paths=/a,/b").root_of("/b/c"), "/b");
  EXPECT_EQ(rules("process").root_of("/b/c"), "/b/c");
}

TEST(ProcessRules, BoundsHoldWhateverIsGranted) {
  EXPECT_EQ(rules("process").processes_max(), ProcessRules::kProcessesMax);
  EXPECT_EQ(rules("process").output_buffer_max(), ProcessRules::kOutputBufferMax);
  EXPECT_EQ(rules("process:max-processes=3").processes_max(), 3u);
}

}  // namespace theater::process_rules_test
