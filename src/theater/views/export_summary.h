// A written export in short: what it holds, what it lacks, and what of it is proved.
#pragma once

#include "theater/log/export/writer.h"
#include "theater/views/actor_summary.h"
#include "theater/views/json.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace theater::views {

struct WrittenExport {
  std::string file;  // Path of the export.
  ActorSummary actor;
  log::ExportSummary summary;
  uint64_t bytes = 0;
  // By the names of headers, in how many payloads of the export they stand.
  std::map<std::string, uint64_t> credentials;
};

Json export_json(const WrittenExport& written);
std::string export_text(const WrittenExport& written);

// Facts that make the export worth less than the operator may expect, one sentence each.
std::vector<std::string> export_warnings(const WrittenExport& written);

}  // namespace theater::views
