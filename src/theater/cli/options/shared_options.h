// Options that many commands have, each with its one definition.
#pragma once

#include "theater/base/log.h"
#include "theater/cli/options/option_parser.h"

#include <filesystem>
#include <string>

namespace theater::cli {

// `--home DIR`. `what` says what the command does in the home.
void home_option(OptionParser& parser, std::filesystem::path& home,
                 const std::string& what = "the home to look in");

// `--json`. `what` says what the command prints then.
void json_option(OptionParser& parser, bool& json,
                 const std::string& what = "print one JSON object");

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kHuman;
};

// `--log-level` and `--log-format`.
void log_options(OptionParser& parser, LogOptions& options);

}  // namespace theater::cli
