#include "theater/views/verification.h"

#include "theater/base/printable.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <utility>

namespace theater::views {

namespace {

// The value, or null for none.
template <class T>
Json json_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

// {"origin", "size", "root"}, or null.
Json checked_checkpoint(const std::optional<log::Checkpoint>& checkpoint) {
  if (!checkpoint) return {};
  return {{"origin", checkpoint->origin},
          {"size", checkpoint->size},
          {"root", checkpoint->root.to_string()}};
}

std::string findings_text(std::span<const log::Finding> findings, uint64_t left_out) {
  std::string text;
  for (const log::Finding& finding : findings)
    text += escape_control(finding.to_string()) + "\n";
  if (left_out > 0) text += fmt::format("… and {} more\n", left_out);
  return text;
}

std::string signer(const log::LogReport& report) {
  if (!report.key) return "";
  return log::to_text({log::log_origin(report.log_id), *report.key});
}

// None if damage keeps it from being computed.
std::optional<std::string> root_text(const log::LogReport& report) {
  if (report.root.is_zero()) return std::nullopt;
  return report.root.to_string();
}

Json to_json(const log::LogReport::Chain& chain) {
  return {{"id", chain.actor.to_string()},
          {"name", chain.name},
          {"events", chain.events},
          {"head", chain.head.to_string()},
          {"terminated", chain.terminated}};
}

Json log_finding(const log::Finding& finding) {
  return {{"verdict", log::verdict_name(finding.verdict)},
          {"what", finding.what},
          {"file", finding.file ? Json(finding.file->string()) : Json()},
          {"offset", json_or_null(finding.offset)},
          {"index", json_or_null(finding.index)},
          {"actor", finding.actor ? Json(finding.actor->to_string()) : Json()},
          {"seq", json_or_null(finding.seq)}};
}

Json export_finding(const log::Finding& finding) {
  return {{"verdict", log::verdict_name(finding.verdict)},
          {"what", finding.what},
          {"offset", json_or_null(finding.offset)},
          {"seq", json_or_null(finding.seq)}};
}

Json message_event(const std::optional<log::MessageEvent>& event) {
  if (!event) return {};
  return {{"actor", event->actor.to_string()},
          {"name", event->name},
          {"seq", event->seq},
          {"event", event->event},
          {"function", json_text_or_null(event->function)},
          {"segment", event->place.segment},
          {"offset", event->place.offset}};
}

Json to_json(const std::optional<log::CheckedContents>& contents) {
  if (!contents) return {};
  return {{"named", contents->named},
          {"lost", contents->lost},
          {"snapshots_lost", contents->snapshots_lost}};
}

std::string contents_text(const std::optional<log::CheckedContents>& contents) {
  if (!contents) return "  contents    not checked\n";
  std::string text =
      fmt::format("  contents    {} named, {} of them lost\n", contents->named, contents->lost);
  if (contents->snapshots_lost > 0) {
    text += fmt::format("  note        the states of {} are lost: a recovery reads more events\n",
                        counted(contents->snapshots_lost, "snapshot"));
  }
  return text;
}

}  // namespace

Json log_report_json(const log::LogReport& report, const std::filesystem::path& folder) {
  Json findings = Json::array();
  for (const log::Finding& finding : report.findings)
    findings.push_back(log_finding(finding));
  return {{"verdict", log::verdict_name(report.verdict)},
          {"folder", folder.string()},
          {"log", report.log_id.to_string()},
          {"events", report.events},
          {"actors", report.actors},
          {"groups", report.groups},
          {"segments", report.segments},
          {"bodies", report.bodies},
          {"bodies_removed", report.bodies_removed},
          {"bodies_recomputable", report.bodies_recomputable},
          {"contents", to_json(report.contents)},
          {"bytes", report.bytes},
          {"root", json_or_null(root_text(report))},
          {"checkpoint", checked_checkpoint(report.checkpoint)},
          {"key", report.key ? Json(signer(report)) : Json()},
          {"actor", report.chain ? to_json(*report.chain) : Json()},
          {"findings", std::move(findings)},
          {"findings_left_out", report.findings_left_out}};
}

std::string log_report_text(const log::LogReport& report, const std::filesystem::path& folder) {
  std::string text;
  text += fmt::format("{}: {} of {} in {}, {}; {} bytes\n", log::verdict_name(report.verdict),
                      counted(report.events, "event"), counted(report.actors, "actor"),
                      counted(report.groups, "group"), counted(report.segments, "segment"),
                      report.bytes);
  text += fmt::format("  log         {}\n", folder.string());
  text += fmt::format("  root        {}\n", root_text(report).value_or("not known"));
  if (report.checkpoint) {
    text += fmt::format("  checkpoint  at {}\n", counted(report.checkpoint->size, "event"));
    text += fmt::format("  signed by   {}\n", signer(report));
  }
  if (report.bodies > 0) {
    text += fmt::format("  bodies      {}, {} of them removed{}\n", report.bodies,
                        report.bodies_removed, recomputable_text(report.bodies_recomputable));
  }
  text += contents_text(report.contents);
  if (report.chain) {
    const log::LogReport::Chain& chain = *report.chain;
    text +=
        fmt::format("  actor       {} {}\n", chain.actor.to_string(), escape_control(chain.name));
    text += fmt::format("  its chain   {}, {}; head {}\n", counted(chain.events, "event"),
                        chain.terminated ? "ended" : "open", chain.head.to_string());
  }
  return text + findings_text(report.findings, report.findings_left_out);
}

Json export_report_json(const log::ExportReport& report, const std::string& file) {
  Json findings = Json::array();
  for (const log::Finding& finding : report.findings)
    findings.push_back(export_finding(finding));
  return {{"verdict", log::verdict_name(report.verdict)},
          {"file", file},
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
          {"bodies_recomputable", report.bodies_recomputable},
          {"blobs", report.counts.blobs},
          {"blobs_missing", report.blobs_missing},
          {"checkpoint", checked_checkpoint(report.checkpoint)},
          {"key", report.key ? Json(log::to_text(*report.key)) : Json()},
          {"findings", std::move(findings)},
          {"findings_left_out", report.findings_left_out}};
}

std::string export_report_text(const log::ExportReport& report, const std::string& file,
                               KeySource key) {
  std::string text;
  std::string events = counted(report.counts.events, "event");
  if (report.verdict == log::Verdict::kInvalid) {
    text +=
        fmt::format("INVALID: an export; {} before the fault; {} bytes\n", events, report.bytes);
  } else {
    text +=
        fmt::format("{}: an export of {}, {} of them proved; {} bytes\n",
                    log::verdict_name(report.verdict), events, report.counts.proved, report.bytes);
  }
  text += fmt::format("  export      {}\n", escape_control(file));
  text += fmt::format("  actor       {} {}\n", report.header.actor.to_string(),
                      escape_control(report.name));
  text += fmt::format("  its chain   {}, {}; head {}\n", events,
                      report.terminated ? "ended" : "open", report.head.to_string());
  text += fmt::format("  with it     {}, {} of them removed{}; {}, {} of them missing\n",
                      counted(report.counts.bodies, "detached payload"), report.bodies_removed,
                      recomputable_text(report.bodies_recomputable),
                      counted(report.counts.blobs, "blob"), report.blobs_missing);
  if (report.checkpoint) {
    text += fmt::format("  checkpoint  at {}, root {}\n", counted(report.checkpoint->size, "event"),
                        report.checkpoint->root.to_string());
    if (report.index) {
      text += fmt::format("  in the log  event {} is number {}\n", report.counts.proved - 1,
                          *report.index);
    }
    if (report.key) {
      text += fmt::format("  signed by   {}{}\n", log::to_text(*report.key),
                          key == KeySource::kExport ? ", a key from the export itself" : "");
    }
  }
  return text + findings_text(report.findings, report.findings_left_out);
}

Json finding_in_export(const log::Finding& finding) {
  return {{"verdict", log::verdict_name(finding.verdict)},
          {"what", finding.what},
          {"offset", json_or_null(finding.offset)},
          {"seq", json_or_null(finding.seq)}};
}

Json messages_json(const ComparedMessages& compared) {
  Json differences = Json::array();
  for (const log::Difference& difference : compared.report.differences) {
    differences.push_back({{"fault", log::fault_name(difference.fault)},
                           {"what", difference.what},
                           {"given", message_event(difference.given)},
                           {"taken", message_event(difference.taken)},
                           {"look_at", difference.look_at}});
  }
  return {{"verdict", log::verdict_name(compared.report.verdict)},
          {"what", compared.what},
          {"messages", compared.report.messages},
          {"answers", compared.report.answers},
          {"in_flight", compared.report.in_flight},
          {"differences", std::move(differences)},
          {"left_out", compared.report.left_out}};
}

std::string messages_text(const ComparedMessages& compared) {
  std::string text;
  const log::MessageReport& report = compared.report;
  text +=
      fmt::format("MESSAGES {}: {} and {} {}; {} in flight\n", log::verdict_name(report.verdict),
                  counted(report.messages, "message"), counted(report.answers, "answer"),
                  escape_control(compared.what), report.in_flight);
  for (const log::Difference& difference : report.differences) {
    text += escape_control(
                fmt::format("  {}: {}", log::fault_name(difference.fault), difference.what)) +
            "\n";
    auto side = [&](std::string_view name, const std::optional<log::MessageEvent>& event) {
      if (event) text += escape_control(fmt::format("    {}  {}", name, event->to_string())) + "\n";
    };
    side("given  ", difference.given);
    side("taken  ", difference.taken);
    text += fmt::format("    look at  {}\n", difference.look_at);
  }
  if (report.left_out > 0) text += fmt::format("… and {} more\n", report.left_out);
  return text;
}

}  // namespace theater::views
