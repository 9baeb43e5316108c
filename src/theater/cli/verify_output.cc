#include "theater/cli/verify_output.h"

#include "theater/base/log.h"

#include <fmt/format.h>

namespace theater::cli {

nlohmann::ordered_json json_checkpoint(const std::optional<log::Checkpoint>& checkpoint) {
  if (!checkpoint) return {};
  return {{"origin", checkpoint->origin},
          {"size", checkpoint->size},
          {"root", checkpoint->root.to_string()}};
}

void print_findings(std::span<const log::Finding> findings, uint64_t left_out, Output& output) {
  for (const log::Finding& finding : findings)
    output.line(escape_control(finding.to_string()));
  if (left_out > 0) output.line(fmt::format("… and {} more", left_out));
}

}  // namespace theater::cli
