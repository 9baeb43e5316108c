#include "theater/views/export_summary.h"

#include "theater/base/printable.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::views {

Json export_json(const WrittenExport& written) {
  const log::ExportSummary& summary = written.summary;
  Json checkpoint;
  if (summary.checkpoint) {
    checkpoint = {{"size", summary.checkpoint->size},
                  {"root", summary.checkpoint->root.to_string()}};
  }
  return {{"file", written.file},
          {"bytes", written.bytes},
          {"actor", written.actor.id.to_string()},
          {"name", written.actor.name},
          {"events", summary.counts.events},
          {"proved", summary.counts.proved},
          {"head", summary.head.to_string()},
          {"terminated", summary.terminated},
          {"bodies", summary.counts.bodies},
          {"bodies_removed", summary.bodies_removed},
          {"bodies_recomputable", summary.bodies_recomputable},
          {"credential_headers", written.credentials},
          {"blobs", summary.counts.blobs},
          {"blobs_missing", json_hashes(summary.missing)},
          {"checkpoint", std::move(checkpoint)},
          {"key", summary.key ? Json(log::to_text(*summary.key)) : Json()},
          {"goes_on", summary.goes_on}};
}

std::string export_text(const WrittenExport& written) {
  const log::ExportSummary& summary = written.summary;
  const log::ExportEnd& counts = summary.counts;
  std::string text =
      fmt::format("exported {} {} to {}, {} bytes\n", short_id(written.actor.id),
                  escape_control(written.actor.name), escape_control(written.file), written.bytes);
  text += fmt::format("  its chain   {}, {}; head {}\n", counted(counts.events, "event"),
                      summary.terminated ? "ended" : "open", summary.head.to_string());
  text += fmt::format("  with it     {}, {} of them removed{}; {}, {} of them missing\n",
                      counted(counts.bodies, "detached payload"), summary.bodies_removed,
                      recomputable_text(summary.bodies_recomputable), counted(counts.blobs, "blob"),
                      summary.missing.size());
  if (counts.proved > 0) {
    text += fmt::format("  proved by   the checkpoint of {}\n",
                        counted(summary.checkpoint->size, "event"));
  }
  return text;
}

std::vector<std::string> export_warnings(const WrittenExport& written) {
  const log::ExportEnd& counts = written.summary.counts;
  std::vector<std::string> warnings;
  if (!written.credentials.empty()) {
    std::string held;
    for (const auto& [name, count] : written.credentials) {
      held += fmt::format("{}{} in {}", held.empty() ? "" : ", ", name, counted(count, "payload"));
    }
    warnings.push_back(fmt::format(
        "the export has headers that may be credentials: {}; with --without-bodies it has none",
        held));
  }
  for (const Hash& digest : written.summary.missing) {
    warnings.push_back(
        fmt::format("the home has no blob {}: the export is without it", digest.to_string()));
  }
  if (counts.proved < counts.events) {
    uint64_t unproved = counts.events - counts.proved;
    warnings.push_back(fmt::format(
        "no checkpoint covers the last {} of the chain, and the export has no proof of {}: "
        "`theater verify` will report UNVERIFIABLE; a run that ends gracefully leaves a checkpoint",
        unproved == 1 ? "event" : counted(unproved, "event"), unproved == 1 ? "it" : "them"));
  }
  return warnings;
}

}  // namespace theater::views
