// The part of `theater verify` that compares chains with each other: --between and --messages.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/arguments.h"
#include "theater/cli/output.h"
#include "theater/log/check/compare_chains.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace theater::cli {

// What was compared, and what came of it.
struct MessagesChecked {
  std::string what;  // "between ping and pong", "of all actors".
  log::MessageReport report;
};

// Compares what the command asks for; nothing if it asks for none of it. `log` is the folder of a
// log that log::check_log() found nothing wrong with. Fails with kNotFound or kInvalidArgument if a
// word names no actor, else as log::check_messages() does.
Result<std::optional<MessagesChecked>> check_messages(const VerifyCommand& command,
                                                      const std::filesystem::path& log);

void print_messages(const MessagesChecked& checked, Output& output);
nlohmann::ordered_json to_json(const MessagesChecked& checked);

}  // namespace theater::cli
