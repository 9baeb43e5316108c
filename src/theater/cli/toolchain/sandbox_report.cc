#include "theater/cli/toolchain/sandbox_report.h"

#include "theater/base/log.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace theater::cli {

std::string sandbox_text(const SandboxFeatures& features) {
  std::string text = fmt::format("Programs of actors: {}\n", level_text(features));
  for (const std::string& lack : missing_protections(features))
    text += fmt::format("  missing {}\n", lack);
  return text;
}

nlohmann::ordered_json sandbox_json(const SandboxFeatures& features) {
  return {{"level", level_text(features)}, {"missing", missing_protections(features)}};
}

void log_sandbox(const SandboxFeatures& features) {
  std::vector<std::string> missing = missing_protections(features);
  LogLevel level = missing.empty() ? LogLevel::kInfo : LogLevel::kWarn;
  log_line(level, {.actor = {}, .part = "sandbox"}, "programs of actors: {}{}{}",
           level_text(features), missing.empty() ? "" : "; ", fmt::join(missing, "; "));
}

}  // namespace theater::cli
