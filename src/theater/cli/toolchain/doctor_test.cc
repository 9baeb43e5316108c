#include "theater/cli/toolchain/doctor.h"

#include "theater/cli/toolchain/tool_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace theater::cli::doctor_test {

using ::testing::HasSubstr;

const std::vector<ToolCheck> kChecks = {
    {GuestLanguage::kCpp, "clang++-19", true, "/usr/bin/clang++-19", ""},
    {GuestLanguage::kCpp, "wasi-libc", false, "no /x", "apt-get install a"},
    {GuestLanguage::kCpp, "libc++", false, "no /y", "apt-get install a"},
    {GuestLanguage::kRust, "cargo", true, "/usr/bin/cargo", ""},
    {GuestLanguage::kJavaScript, "node", true, "/usr/bin/node", ""},
};

TEST(Doctor, SaysOnceHowToGetWhatIsMissing) {
  std::string text = doctor_text(kChecks);
  EXPECT_THAT(text, HasSubstr("C++: tools are missing"));
  EXPECT_THAT(text, HasSubstr("missing wasi-libc: no /x"));
  EXPECT_THAT(text, HasSubstr("Rust: ready"));
  size_t first = text.find("apt-get install a");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("apt-get install a", first + 1), std::string::npos);
}

TEST(Doctor, WritesJson) {
  auto json = nlohmann::json::parse(doctor_json(kChecks, {}));
  EXPECT_EQ(json["languages"][0]["ready"], false);
  EXPECT_EQ(json["languages"][0]["tools"][1]["remedy"], "apt-get install a");
  EXPECT_EQ(json["languages"][1]["ready"], true);
  EXPECT_EQ(json["sandbox"]["level"], "refused");
}

TEST(Doctor, FindsNoHeadersBelowAnEmptyRoot) {
  auto missing = require_tools(GuestLanguage::kCpp, "/nowhere");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr("wasi-libc (no /nowhere/usr/include"));
  EXPECT_THAT(missing.error().hint(), HasSubstr("apt-get install"));
  EXPECT_FALSE(complete(check_tools("/nowhere"), GuestLanguage::kCpp));
}

TEST(ToolProcess, CollectsOutputAndStatus) {
  auto process = ToolProcess::start({"sh", "-c", "pwd; echo $GREETING >&2; exit 3"}, "/",
                                    {{"GREETING", "hello"}});
  ASSERT_TRUE(process) << process.error().to_string();
  auto outcome = process->finish();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->exit_status, 3);
  EXPECT_EQ(outcome->output, "/\nhello\n");
}

TEST(ToolProcess, SaysThatThereIsNoSuchProgram) {
  auto process = ToolProcess::start({"no-such-program-at-all"}, "/");
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(find_program("no-such-program-at-all"));
  EXPECT_TRUE(find_program("sh"));
}

TEST(ToolProcess, ReportsADeathBySignal) {
  auto process = ToolProcess::start({"sh", "-c", "kill -9 $$"}, "/");
  ASSERT_TRUE(process);
  EXPECT_EQ(process->finish()->exit_status, 137);
}

}  // namespace theater::cli::doctor_test
