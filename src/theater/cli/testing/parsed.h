// Command lines, as tests of commands and their options look at them.
#pragma once

#include "theater/cli/commands/list.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace theater::cli {

// The options of a command; fails the test if the words ask for something else. `words` follow the
// command's name.
template <class Options>
Options parsed(const CommandOf<Options>& command, const std::vector<std::string>& words) {
  auto result = parse_options(command, words);
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().to_string());
  if (!result || !std::holds_alternative<Options>(*result)) {
    ADD_FAILURE() << "no options";
    return Options{};
  }
  return std::get<Options>(*result);
}

// The text that a whole command line prints, which runs no command except for help.
inline std::string printed(const std::vector<std::string>& words) {
  Result<Action> action = parse_command_line(words);
  if (!action) {
    ADD_FAILURE() << action.error().to_string();
    return "";
  }
  testing::internal::CaptureStdout();
  Output output;
  EXPECT_EQ((*action)(output), Exit::kDone);
  return testing::internal::GetCapturedStdout();
}

// The error of a whole command line; fails the test if it is accepted.
inline Error refused(const std::vector<std::string>& words) {
  Result<Action> action = parse_command_line(words);
  EXPECT_FALSE(action.has_value());
  return action ? Error(ErrorCode::kIo, "accepted") : action.error();
}

}  // namespace theater::cli
