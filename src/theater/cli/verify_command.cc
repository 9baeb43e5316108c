#include "theater/base/file.h"
#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/export_argument.h"
#include "theater/cli/progress.h"
#include "theater/log/check/compare_chains.h"
#include "theater/log/check/log_check.h"
#include "theater/log/export/check.h"
#include "theater/store/home.h"
#include "theater/views/verification.h"

#include <nlohmann/json.hpp>

#include <system_error>
#include <utility>

namespace theater::cli {

namespace {

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

log::Verdict worse(log::Verdict a, log::Verdict b) {
  for (log::Verdict verdict : {log::Verdict::kInvalid, log::Verdict::kUnverifiable}) {
    if (a == verdict || b == verdict) return verdict;
  }
  return log::Verdict::kValid;
}

// An id needs no chain: what another says of it is on record all the same.
Result<ActorId> find_side(const log::LogReader& reader, const std::string& word) {
  Result<ActorId> found = find_actor(reader, word);
  if (found) return found;
  Result<ActorId> id = ActorId::parse(word);
  return id ? id : found;
}

// Compares what the command asks for; nothing if it asks for no comparison.
Result<std::optional<views::ComparedMessages>> check_messages(const VerifyCommand& command,
                                                              const std::filesystem::path& log) {
  if (command.between.empty() && !command.messages) return std::nullopt;
  auto reader = THEATER_TRY(log::LogReader::open(log));
  views::ComparedMessages checked{"of all actors", {}};
  std::optional<log::ActorPair> only;
  uint64_t events = reader->size();
  if (!command.between.empty()) {
    const std::string& first = command.between[0];
    const std::string& second = command.between[1];
    only.emplace(THEATER_TRY_CONTEXT(find_side(*reader, first), "--between"),
                 THEATER_TRY_CONTEXT(find_side(*reader, second), "--between"));
    if (only->first == only->second) {
      return fail(ErrorCode::kInvalidArgument, "--between: `{}` and `{}` are the same actor", first,
                  second);
    }
    checked.what = fmt::format("between {} and {}", first, second);
    events = 0;
    for (const ActorId& id : {only->first, only->second}) {
      if (const log::ActorEntry* entry = reader->find(id)) events += entry->events;
    }
  }
  Progress progress("comparing messages", ProgressLine::Unit::kEvents);
  checked.report = THEATER_TRY(
      log::check_messages(*reader, only, [&](uint64_t done) { progress.show(done, events); }));
  return std::optional<views::ComparedMessages>(std::move(checked));
}

Result<log::ExportReport> check_the_export(const VerifyCommand& command,
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
  auto report = check_the_export(command, key);
  if (!report) return report_failure(report.error(), Exit::kFailed, command.json, output);
  if (command.json) {
    output.json(views::export_report_json(*report, command.subject));
  } else {
    auto source = key ? views::KeySource::kGiven : views::KeySource::kExport;
    output.text(views::export_report_text(*report, command.subject, source));
  }
  return exit_of(report->verdict);
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
  std::optional<views::ComparedMessages> messages;
  if (report->verdict != log::Verdict::kInvalid) {
    auto compared = check_messages(command, subject->log);
    if (!compared) return report_failure(compared.error(), Exit::kFailed, command.json, output);
    messages = *std::move(compared);
  }
  log::Verdict verdict =
      messages ? worse(report->verdict, messages->report.verdict) : report->verdict;
  if (command.json) {
    views::Json json = views::log_report_json(*report, subject->log);
    json["verdict"] = log::verdict_name(verdict);
    if (messages) json["messages"] = views::messages_json(*messages);
    output.json(json);
  } else {
    output.text(views::log_report_text(*report, subject->log));
    if (messages) output.text(views::messages_text(*messages));
  }
  return exit_of(verdict);
}

}  // namespace theater::cli
