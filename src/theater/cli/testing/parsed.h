// Command lines, as tests of the arguments look at them.
#pragma once

#include "theater/cli/arguments.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace theater::cli {

// The command, which is to be a `C`; fails the test otherwise.
template <class C>
C parsed(const std::vector<std::string>& words) {
  Result<Command> command = parse_arguments(words);
  EXPECT_TRUE(command.has_value()) << (command ? "" : command.error().to_string());
  if (!command || !std::holds_alternative<C>(*command)) {
    ADD_FAILURE() << "another command than expected";
    return C{};
  }
  return std::get<C>(*command);
}

// Why it is refused; fails the test if it is not.
inline Error refused(const std::vector<std::string>& words) {
  Result<Command> command = parse_arguments(words);
  EXPECT_FALSE(command.has_value());
  return command ? Error(ErrorCode::kIo, "accepted") : command.error();
}

}  // namespace theater::cli
