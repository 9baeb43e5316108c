#include "theater/cli/options/shared_options.h"

#include <string>
#include <vector>

namespace theater::cli {

void home_option(OptionParser& parser, std::filesystem::path& home, const std::string& what) {
  parser.option("--home", "DIR", home, what + "; default $THEATER_HOME, else ./.theater");
}

void json_option(OptionParser& parser, bool& json, const std::string& what) {
  parser.flag("--json", json, what);
}

void log_options(OptionParser& parser, LogOptions& options) {
  std::vector<std::string> levels = {"debug", "info", "warn", "error", "off"};
  parser.choice_option(
      "--log-level", "LEVEL", "log level", levels,
      [&options, levels](size_t level) {
        options.level = levels[level] == "off" ? LogLevel::kOff : log_level_from(levels[level]);
      },
      "debug, info (default), warn, error or off");
  parser.choice_option(
      "--log-format", "FORMAT", "log format", {"human", "json"},
      [&options](size_t format) {
        options.format = format == 0 ? LogFormat::kHuman : LogFormat::kJson;
      },
      "log lines as text (human, default) or as JSON objects (json)");
}

}  // namespace theater::cli
