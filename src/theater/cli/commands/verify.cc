#include "theater/cli/commands/verify.h"

#include "theater/base/file.h"
#include "theater/cli/options/actor_argument.h"
#include "theater/cli/options/export_argument.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/progress.h"
#include "theater/log/check/compare_chains.h"
#include "theater/log/check/log_check.h"
#include "theater/log/export/check.h"
#include "theater/store/blob_store.h"
#include "theater/store/home.h"
#include "theater/views/verification.h"

#include <nlohmann/json.hpp>

#include <memory>
#include <system_error>
#include <utility>

namespace theater::cli {

namespace {

namespace fs = std::filesystem;

// The log to verify, and the actor that the operator named.
struct Subject {
  fs::path log;
  fs::path blobs = {};  // Empty if the operator named a log that has none next to it.
  std::optional<ActorId> actor = std::nullopt;
  bool is_actor = false;  // Whether the operator named an actor.
  // Reason why the actor was not found; damage of the log may be the cause.
  std::optional<Error> not_found = std::nullopt;
};

bool holds_log(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "segments", ignored);
}

// The log below `folder`, which is a home or the folder of a log itself; none if it is neither.
std::optional<Subject> log_in(const fs::path& folder) {
  if (holds_log(folder)) {
    std::error_code ignored;
    fs::path beside = HomeLayout{fs::absolute(folder, ignored).lexically_normal() / ".."}.blobs();
    return Subject{folder, fs::is_directory(beside, ignored) ? beside.lexically_normal() : ""};
  }
  HomeLayout home{folder};
  if (holds_log(home.log())) return Subject{home.log(), home.blobs()};
  return std::nullopt;
}

Result<ActorId> find_in_log(const VerifyOptions& options) {
  // An id needs no reading of the log, which may be too damaged for that.
  if (Result<ActorId> id = ActorId::parse(options.subject)) return id;
  auto reader = THEATER_TRY(open_log(options.home));
  return find_actor(*reader, options.subject);
}

Result<Subject> find_subject(const VerifyOptions& options) {
  const std::string& word = options.subject;
  // A folder without a log may by chance have the name of an actor.
  if (!word.empty()) {
    if (auto log = log_in(word)) return *std::move(log);
  }
  if (word.find('/') != std::string::npos) {
    return fail(ErrorCode::kNotFound, "no log in {}", word);
  }
  fs::path home = home_folder(options.home);
  Subject subject{HomeLayout{home}.log(), HomeLayout{home}.blobs()};
  if (!holds_log(subject.log)) return Failure(no_log_in(home));
  if (word.empty()) return subject;
  subject.is_actor = true;
  Result<ActorId> id = find_in_log(options);
  if (id) {
    subject.actor = *id;
  } else {
    subject.not_found = std::move(id).error();
  }
  return subject;
}

Result<std::vector<log::CheckOptions::Outside>> read_checkpoints(const VerifyOptions& options) {
  std::vector<log::CheckOptions::Outside> checkpoints;
  for (const fs::path& path : options.checkpoints) {
    std::string text = THEATER_TRY(read_text_file(path));
    checkpoints.push_back({path.string(), std::move(text)});
  }
  return checkpoints;
}

Result<log::LogReport> check(const VerifyOptions& options, const Subject& subject,
                             std::optional<log::VerifierKey> key) {
  log::CheckOptions checked;
  checked.key = std::move(key);
  checked.actor = subject.actor;
  checked.bodies_max = options.bodies_max;
  checked.outside = THEATER_TRY(read_checkpoints(options));
  std::unique_ptr<BlobStore> blobs;
  if (!options.no_contents && !subject.blobs.empty()) {
    blobs = THEATER_TRY(BlobStore::open_read_only(subject.blobs));
    checked.contents = blobs.get();
  }
  Progress progress("verifying", ProgressLine::Unit::kBytes);
  checked.progress = [&](uint64_t done, uint64_t of) { progress.show(done, of); };
  log::LogReport report = THEATER_TRY(log::check_log(subject.log, checked));
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

// An id needs no chain: the chains of other actors may name it.
Result<ActorId> find_side(const log::LogReader& reader, const std::string& word) {
  Result<ActorId> found = find_actor(reader, word);
  if (found) return found;
  Result<ActorId> id = ActorId::parse(word);
  return id ? id : found;
}

// Compares what the command asks for; nothing if it asks for no comparison.
Result<std::optional<views::ComparedMessages>> check_messages(const VerifyOptions& options,
                                                              const std::filesystem::path& log) {
  if (options.between.empty() && !options.messages) return std::nullopt;
  auto reader = THEATER_TRY(log::LogReader::open(log));
  views::ComparedMessages checked{"of all actors", {}};
  std::optional<log::ActorPair> only;
  uint64_t events = reader->size();
  if (!options.between.empty()) {
    const std::string& first = options.between[0];
    const std::string& second = options.between[1];
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

Result<log::ExportReport> check_the_export(const VerifyOptions& options,
                                           const std::optional<log::VerifierKey>& key) {
  log::ExportCheckOptions checked;
  checked.key = key;
  checked.bodies_max = options.bodies_max;
  checked.outside = THEATER_TRY(read_checkpoints(options));
  Progress progress("verifying", ProgressLine::Unit::kBytes);
  checked.progress = [&](uint64_t done, uint64_t of) { progress.show(done, of); };
  auto input = THEATER_TRY(log::export_file(options.subject));
  return THEATER_TRY_CONTEXT(log::check_export(std::move(input), checked), "{}", options.subject);
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

Exit verify_export(const VerifyOptions& options, const std::optional<log::VerifierKey>& key,
                   Output& output) {
  if (options.messages || !options.between.empty()) {
    Error error(ErrorCode::kInvalidArgument,
                fmt::format("{} is an export of one actor: comparing messages needs a log",
                            options.subject));
    return report_failure(error, Exit::kWrongUse, options.json, output);
  }
  auto report = check_the_export(options, key);
  if (!report) return report_failure(report.error(), Exit::kFailed, options.json, output);
  if (options.json) {
    output.json(views::export_report_json(*report, options.subject));
  } else {
    auto source = key ? views::KeySource::kGiven : views::KeySource::kExport;
    output.text(views::export_report_text(*report, options.subject, source));
  }
  return exit_of(report->verdict);
}

void define(OptionParser& parser, VerifyOptions& options) {
  parser.argument("ACTOR", options.subject, OptionParser::Presence::kOptional);
  parser.repeated_option(
      "--checkpoint", "FILE",
      [&](const std::string& path) { options.checkpoints.emplace_back(path); },
      "a checkpoint that was kept elsewhere: the log must continue it; may be repeated");
  parser.option("--key", "VKEY", options.key,
                "the key that must have signed the log, as `theater log key` prints it; default "
                "the key that the log names");
  parser.pair_option("--between", "A B", options.between,
                     "compare the messages between two actors");
  parser.flag("--messages", options.messages, "compare the messages between all actors");
  parser.flag("--no-contents", options.no_contents,
              "do not read the manifests, components and states that the log names");
  parser.bytes_option("--bodies-max", options.bodies_max,
                      "the most bytes to make of detached payloads; default 4GiB and 2048 for each "
                      "byte of the files");
  home_option(parser, options.home);
  json_option(parser, options.json);
  parser.check([&] {
    bool both = options.messages && !options.between.empty();
    return both ? "--between and --messages exclude each other" : "";
  });
}

Exit run(const VerifyOptions& options, Output& output) {
  std::optional<log::VerifierKey> key;
  if (!options.key.empty()) {
    auto parsed = log::parse_verifier_key(options.key);
    if (!parsed) {
      Error error = std::move(parsed).error().with_context("--key");
      return report_failure(error, Exit::kWrongUse, options.json, output);
    }
    key = *std::move(parsed);
  }
  auto is_export = names_export(options.subject);
  if (!is_export) return report_failure(is_export.error(), Exit::kFailed, options.json, output);
  if (*is_export) return verify_export(options, key, output);
  auto subject = find_subject(options);
  if (!subject) return report_failure(subject.error(), Exit::kFailed, options.json, output);
  if (subject->is_actor && !options.between.empty()) {
    Error error(ErrorCode::kInvalidArgument,
                fmt::format("--between already names two actors: leave `{}` out", options.subject));
    return report_failure(error, Exit::kWrongUse, options.json, output);
  }
  auto report = check(options, *subject, std::move(key));
  if (!report) return report_failure(report.error(), Exit::kFailed, options.json, output);
  std::optional<views::ComparedMessages> messages;
  // A comparison reads all payloads of messages.
  bool may_compare = report->verdict != log::Verdict::kInvalid && !report->has_refused_bodies;
  if (may_compare) {
    auto compared = check_messages(options, subject->log);
    if (!compared) return report_failure(compared.error(), Exit::kFailed, options.json, output);
    messages = *std::move(compared);
  }
  log::Verdict verdict =
      messages ? worse(report->verdict, messages->report.verdict) : report->verdict;
  if (options.json) {
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

}  // namespace

const CommandOf<VerifyOptions> kVerifyCommand = {
    {.name = "verify",
     .usage = "[ACTOR|FOLDER|FILE] [options]",
     .summary = "prove the record, or say where it is wrong",
     .details = R"(Reads the whole log and believes nothing in it: the command checks every hash
and link, the order of each actor's events, the tree over all of them, and the
node's signature. It also reads the manifests, components and first states that
the log names by their digests. Without an argument it reads the log of the
home, with FOLDER the log there, and with ACTOR also that actor's chain.

FILE is an export of one actor (`theater help log export`), and the command
reads nothing else. It checks the chain, payloads, components and states in the
file, the proof that the chain is in the log of the checkpoint, and the
signature. The key is read from the export unless --key is given. With
--checkpoint, the export must prove that its log continues that checkpoint.

  VALID         exit 0: the log proves itself
  INVALID       exit 1: something was changed, dropped, added or reordered; the
                report names the place
  UNVERIFIABLE  exit 3: nothing contradicts the log, but something is missing;
                without a manifest, a component or a first state no replay can
                run the actors that need it

An owner of the log's key can rewrite the whole log. Only a checkpoint that was
kept elsewhere reveals that: see `theater help log head`.

With --between or --messages the command also compares chains with each other.
The receiver must have taken or discarded what the sender sent: once, with the
same bytes and in the same order. The sender must have sent what the receiver
took. Each difference is LOST, INVENTED, ALTERED or REORDERED. A message that an
actor with an open chain has not taken yet is in flight. The messages of an
actor whose chain is kept in memory only are UNVERIFIABLE.)",
     .examples = R"TEXT(theater verify
theater verify counter
theater verify --between ping pong
theater verify counter.export --key "$(cat kept.key)"
theater verify /mnt/copy/log --checkpoint kept.checkpoint \
    --key "$(cat kept.key)")TEXT"},
    define,
    run};

}  // namespace theater::cli
