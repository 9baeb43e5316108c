#include "theater/base/file.h"
#include "theater/base/log.h"
#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/export_argument.h"
#include "theater/cli/progress.h"
#include "theater/cli/verify_export.h"
#include "theater/cli/verify_messages.h"
#include "theater/cli/verify_output.h"
#include "theater/log/check/log_check.h"
#include "theater/store/home.h"

#include <nlohmann/json.hpp>

#include <system_error>
#include <utility>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// What is to be verified.
struct Subject {
  fs::path log;
  std::optional<ActorId> actor = std::nullopt;
  bool is_actor = false;  // An actor was asked for.
  // Why the actor that was asked for was not found: it may be for what is wrong with the log.
  std::optional<Error> not_found = std::nullopt;
};

bool holds_log(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "segments", ignored);
}

// The log below `folder`, which is a home or the folder of a log itself; none if it is neither.
std::optional<fs::path> log_in(const fs::path& folder) {
  if (holds_log(folder)) return folder;
  fs::path below = HomeLayout{folder}.log();
  if (holds_log(below)) return below;
  return std::nullopt;
}

Result<ActorId> find_in_log(const VerifyCommand& command) {
  // An id needs no look into the log, which may be too damaged for that.
  if (Result<ActorId> id = ActorId::parse(command.subject)) return id;
  auto reader = THEATER_TRY(open_log(command.home));
  return find_actor(*reader, command.subject);
}

Result<Subject> find_subject(const VerifyCommand& command) {
  const std::string& word = command.subject;
  // A folder without a log may have the name of an actor by chance.
  if (!word.empty()) {
    if (auto log = log_in(word)) return Subject{*std::move(log), {}};
  }
  if (word.find('/') != std::string::npos) {
    return fail(ErrorCode::kNotFound, "no log in {}", word);
  }
  fs::path home = home_folder(command.home);
  Subject subject{HomeLayout{home}.log(), {}};
  if (!holds_log(subject.log)) return Failure(no_log_in(home));
  if (word.empty()) return subject;
  subject.is_actor = true;
  Result<ActorId> id = find_in_log(command);
  if (id) {
    subject.actor = *id;
  } else {
    subject.not_found = std::move(id).error();
  }
  return subject;
}

Result<log::LogReport> check(const VerifyCommand& command, const Subject& subject,
                             std::optional<log::VerifierKey> key) {
  log::CheckOptions options;
  options.key = std::move(key);
  options.actor = subject.actor;
  for (const fs::path& path : command.checkpoints) {
    std::string text = THEATER_TRY(read_text_file(path));
    options.outside.push_back({path.string(), std::move(text)});
  }
  Progress progress("verifying", ProgressLine::Unit::kBytes);
  options.progress = [&](uint64_t done, uint64_t of) { progress.show(done, of); };
  log::LogReport report = THEATER_TRY(log::check_log(subject.log, options));
  if (report.verdict == log::Verdict::kInvalid) return report;
  if (subject.not_found) return Failure(*subject.not_found);
  if (subject.actor && !report.chain) {
    return Failure(
        Error(ErrorCode::kNotFound,
              fmt::format("no actor {} in {}", subject.actor->to_string(), subject.log.string()))
            .with_hint("`theater log list` lists the actors on record"));
  }
  return report;
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

void print_text(const log::LogReport& report, const Subject& subject, Output& output) {
  output.line(fmt::format("{}: {} of {} in {}, {}; {} bytes", log::verdict_name(report.verdict),
                          counted(report.events, "event"), counted(report.actors, "actor"),
                          counted(report.groups, "group"), counted(report.segments, "segment"),
                          report.bytes));
  output.line(fmt::format("  log         {}", subject.log.string()));
  output.line(fmt::format("  root        {}", root_text(report).value_or("not known")));
  if (report.checkpoint) {
    output.line(fmt::format("  checkpoint  at {}", counted(report.checkpoint->size, "event")));
    output.line(fmt::format("  signed by   {}", signer(report)));
  }
  if (report.bodies > 0) {
    output.line(
        fmt::format("  bodies      {}, {} of them removed", report.bodies, report.bodies_removed));
  }
  if (report.chain) {
    const log::LogReport::Chain& chain = *report.chain;
    output.line(
        fmt::format("  actor       {} {}", chain.actor.to_string(), escape_control(chain.name)));
    output.line(fmt::format("  its chain   {}, {}; head {}", counted(chain.events, "event"),
                            chain.terminated ? "ended" : "open", chain.head.to_string()));
  }
  print_findings(report.findings, report.findings_left_out, output);
}

Json to_json(const log::Finding& finding) {
  return {{"verdict", log::verdict_name(finding.verdict)},
          {"what", finding.what},
          {"file", finding.file ? Json(finding.file->string()) : Json()},
          {"offset", json_or_null(finding.offset)},
          {"index", json_or_null(finding.index)},
          {"actor", finding.actor ? Json(finding.actor->to_string()) : Json()},
          {"seq", json_or_null(finding.seq)}};
}

Json to_json(const log::LogReport::Chain& chain) {
  return {{"id", chain.actor.to_string()},
          {"name", chain.name},
          {"events", chain.events},
          {"head", chain.head.to_string()},
          {"terminated", chain.terminated}};
}

Json to_json(const log::LogReport& report, const Subject& subject) {
  Json findings = Json::array();
  for (const log::Finding& finding : report.findings)
    findings.push_back(to_json(finding));
  return {{"verdict", log::verdict_name(report.verdict)},
          {"folder", subject.log.string()},
          {"log", report.log_id.to_string()},
          {"events", report.events},
          {"actors", report.actors},
          {"groups", report.groups},
          {"segments", report.segments},
          {"bodies", report.bodies},
          {"bodies_removed", report.bodies_removed},
          {"bytes", report.bytes},
          {"root", json_or_null(root_text(report))},
          {"checkpoint", json_checkpoint(report.checkpoint)},
          {"key", report.key ? Json(signer(report)) : Json()},
          {"actor", report.chain ? to_json(*report.chain) : Json()},
          {"findings", std::move(findings)},
          {"findings_left_out", report.findings_left_out}};
}

log::Verdict worse(log::Verdict a, log::Verdict b) {
  for (log::Verdict verdict : {log::Verdict::kInvalid, log::Verdict::kUnverifiable}) {
    if (a == verdict || b == verdict) return verdict;
  }
  return log::Verdict::kValid;
}

}  // namespace

Exit run(const VerifyCommand& command, Output& output) {
  std::optional<log::VerifierKey> key;
  if (!command.key.empty()) {
    auto parsed = log::parse_verifier_key(command.key);
    if (!parsed) {
      Error error = std::move(parsed).error().with_context("--key");
      return report_failure(error, Exit::kWrongUse, command.json, output);
    }
    key = *std::move(parsed);
  }
  auto is_export = names_export(command.subject);
  if (!is_export) return report_failure(is_export.error(), Exit::kFailed, command.json, output);
  if (*is_export) return verify_export(command, key, output);
  auto subject = find_subject(command);
  if (!subject) return report_failure(subject.error(), Exit::kFailed, command.json, output);
  if (subject->is_actor && !command.between.empty()) {
    Error error(ErrorCode::kInvalidArgument,
                fmt::format("--between names the two actors; leave `{}` out", command.subject));
    return report_failure(error, Exit::kWrongUse, command.json, output);
  }
  auto report = check(command, *subject, std::move(key));
  if (!report) return report_failure(report.error(), Exit::kFailed, command.json, output);
  std::optional<MessagesChecked> messages;
  if (report->verdict != log::Verdict::kInvalid) {
    auto compared = check_messages(command, subject->log);
    if (!compared) return report_failure(compared.error(), Exit::kFailed, command.json, output);
    messages = *std::move(compared);
  }
  log::Verdict verdict =
      messages ? worse(report->verdict, messages->report.verdict) : report->verdict;
  if (command.json) {
    Json json = to_json(*report, *subject);
    json["verdict"] = log::verdict_name(verdict);
    if (messages) json["messages"] = to_json(*messages);
    output.json(json);
  } else {
    print_text(*report, *subject, output);
    if (messages) print_messages(*messages, output);
  }
  return exit_of(verdict);
}

}  // namespace theater::cli
