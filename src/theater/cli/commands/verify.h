// `theater verify`: proves a log or an export, or says where it is wrong.
#pragma once

#include "theater/cli/options/command.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace theater::cli {

struct VerifyOptions {
  std::filesystem::path home;
  // An actor, the folder of a home or a log, or an export; empty for the home.
  std::string subject;
  std::vector<std::filesystem::path> checkpoints;
  std::string key;                   // Empty for the key that the log names.
  std::vector<std::string> between;  // Two actors whose messages are compared, or none.
  bool messages = false;             // Whether the messages of all actors are compared.
  bool no_contents = false;          // Whether to leave out what the log names by digests.
  // The most bytes to make of detached payloads; without it, by the size of the files.
  std::optional<uint64_t> bodies_max;
  bool json = false;
};

extern const CommandOf<VerifyOptions> kVerifyCommand;

}  // namespace theater::cli
