// Verdicts: what a check found of a log, of an export, and of the messages between actors.
#pragma once

#include "theater/log/check/compare_chains.h"
#include "theater/log/check/log_check.h"
#include "theater/log/export/check.h"
#include "theater/views/json.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace theater::views {

// Of a log in `folder`.
Json log_report_json(const log::LogReport& report, const std::filesystem::path& folder);
std::string log_report_text(const log::LogReport& report, const std::filesystem::path& folder);

// Of an export in `file`. The text says whether the key was given or comes from the export itself.
enum class KeySource : uint8_t { kGiven, kExport };
Json export_report_json(const log::ExportReport& report, const std::string& file);
std::string export_report_text(const log::ExportReport& report, const std::string& file,
                               KeySource key);

// Messages that were compared, and the outcome.
struct ComparedMessages {
  std::string what;  // "between ping and pong", "of all actors".
  log::MessageReport report;
};

Json messages_json(const ComparedMessages& compared);
std::string messages_text(const ComparedMessages& compared);

}  // namespace theater::views
