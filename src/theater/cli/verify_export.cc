#include "theater/cli/verify_export.h"

#include "theater/base/file.h"
#include "theater/base/log.h"
#include "theater/cli/progress.h"
#include "theater/cli/verify_output.h"
#include "theater/log/export/check.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

Result<log::ExportReport> check(const VerifyCommand& command,
                                const std::optional<log::VerifierKey>& key) {
  log::ExportCheckOptions options;
  options.key = key;
  for (const std::filesystem::path& path : command.checkpoints) {
    std::string text = THEATER_TRY(read_text_file(path));
    options.outside.push_back({path.string(), std::move(text)});
  }
  Progress progress("verifying", ProgressLine::Unit::kBytes);
  options.progress = [&](uint64_t done, uint64_t of) { progress.show(done, of); };
  auto input = THEATER_TRY(log::export_file(command.subject));
  return THEATER_TRY_CONTEXT(log::check_export(std::move(input), options), "{}", command.subject);
}

void print_text(const log::ExportReport& report, const VerifyCommand& command, Output& output) {
  std::string events = counted(report.counts.events, "event");
  if (report.verdict == log::Verdict::kInvalid) {
    output.line(
        fmt::format("INVALID: an export; {} up to what is wrong; {} bytes", events, report.bytes));
  } else {
    output.line(fmt::format("{}: an export of {}, {} of them proved; {} bytes",
                            log::verdict_name(report.verdict), events, report.counts.proved,
                            report.bytes));
  }
  output.line(fmt::format("  export      {}", escape_control(command.subject)));
  output.line(fmt::format("  actor       {} {}", report.header.actor.to_string(),
                          escape_control(report.name)));
  output.line(fmt::format("  its chain   {}, {}; head {}", events,
                          report.terminated ? "ended" : "open", report.head.to_string()));
  output.line(fmt::format("  with it     {}, {} of them removed; {}, {} of them missing",
                          counted(report.counts.bodies, "detached payload"), report.bodies_removed,
                          counted(report.counts.blobs, "blob"), report.blobs_missing));
  if (report.checkpoint) {
    output.line(fmt::format("  checkpoint  at {}, root {}",
                            counted(report.checkpoint->size, "event"),
                            report.checkpoint->root.to_string()));
    if (report.index) {
      output.line(fmt::format("  in the log  event {} is number {}", report.counts.proved - 1,
                              *report.index));
    }
    if (report.key) {
      output.line(fmt::format("  signed by   {}{}", log::to_text(*report.key),
                              command.key.empty() ? ", by its own word" : ""));
    }
  }
  print_findings(report.findings, report.findings_left_out, output);
}

Json finding_in_export(const log::Finding& finding) {
  return {{"verdict", log::verdict_name(finding.verdict)},
          {"what", finding.what},
          {"offset", json_or_null(finding.offset)},
          {"seq", json_or_null(finding.seq)}};
}

Json to_json(const log::ExportReport& report, const VerifyCommand& command) {
  Json findings = Json::array();
  for (const log::Finding& finding : report.findings)
    findings.push_back(finding_in_export(finding));
  return {{"verdict", log::verdict_name(report.verdict)},
          {"file", command.subject},
          {"bytes", report.bytes},
          {"log", report.header.log_id.to_string()},
          {"actor", report.header.actor.to_string()},
          {"name", report.name},
          {"events", report.counts.events},
          {"proved", report.counts.proved},
          {"index", json_or_null(report.index)},
          {"head", report.head.to_string()},
          {"terminated", report.terminated},
          {"bodies", report.counts.bodies},
          {"bodies_removed", report.bodies_removed},
          {"blobs", report.counts.blobs},
          {"blobs_missing", report.blobs_missing},
          {"checkpoint", json_checkpoint(report.checkpoint)},
          {"key", report.key ? Json(log::to_text(*report.key)) : Json()},
          {"findings", std::move(findings)},
          {"findings_left_out", report.findings_left_out}};
}

}  // namespace

Exit exit_of(log::Verdict verdict) {
  switch (verdict) {
    case log::Verdict::kValid:
      return Exit::kDone;
    case log::Verdict::kInvalid:
      return Exit::kFailed;
    case log::Verdict::kUnverifiable:
      return Exit::kUnverifiable;
  }
  return Exit::kFailed;
}

Exit verify_export(const VerifyCommand& command, const std::optional<log::VerifierKey>& key,
                   Output& output) {
  if (command.messages || !command.between.empty()) {
    Error error(ErrorCode::kInvalidArgument,
                fmt::format("{} is an export, which has one actor: there is nothing to compare it "
                            "with",
                            command.subject));
    return report_failure(error, Exit::kWrongUse, command.json, output);
  }
  auto report = check(command, key);
  if (!report) return report_failure(report.error(), Exit::kFailed, command.json, output);
  if (command.json) {
    output.json(to_json(*report, command));
  } else {
    print_text(*report, command, output);
  }
  return exit_of(report->verdict);
}

}  // namespace theater::cli
