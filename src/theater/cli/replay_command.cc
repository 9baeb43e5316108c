#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/base/hex.h"
#include "theater/base/log.h"
#include "theater/base/utf8.h"
#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/export_argument.h"
#include "theater/cli/progress.h"
#include "theater/engine/ticker.h"
#include "theater/log/event/event.h"
#include "theater/log/export/reader.h"
#include "theater/log/reader/chain_source.h"
#include "theater/replay/replay.h"
#include "theater/runtime/replay_components.h"
#include "theater/store/blob_store.h"
#include "theater/store/home.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

// Remembers the hash of the last event that it gave: the recorded head, once all are read.
class WatchedSource final : public log::ChainSource {
 public:
  explicit WatchedSource(log::ChainSource& source) : source_(source) {}

  Result<std::optional<log::SourcedEvent>> next() override {
    std::optional<log::SourcedEvent> event = THEATER_TRY(source_.next());
    if (event) head_ = log::event_hash(event->bytes);
    return event;
  }

  const Hash& head() const { return head_; }

 private:
  log::ChainSource& source_;
  Hash head_;
};

// A chain to be replayed: its events, how many, and the content that they name.
struct Recorded {
  log::ChainSource& source;
  uint64_t events;
  ReplayComponents::Blobs blobs;
};

Result<replay::Report> replay_chain(const ReplayCommand& command, const Recorded& recorded) {
  auto engine = THEATER_TRY(engine::Engine::create());
  engine::Ticker ticker(*engine);
  ReplayComponents components(*engine, recorded.blobs);

  replay::Options options;
  options.until = command.until;
  if (!command.component.empty()) {
    Bytes source = THEATER_TRY(read_file(command.component));
    options.component =
        THEATER_TRY_CONTEXT(components.add(source), "{}", command.component.string());
  }
  uint64_t events = recorded.events;
  if (command.until && *command.until < events) events = *command.until + 1;
  Progress progress("replaying", ProgressLine::Unit::kEvents);
  options.progress = [&](uint64_t done) { progress.show(done, events); };

  WatchedSource source(recorded.source);
  replay::Report report = THEATER_TRY(replay::replay(source, components, options));
  THEATER_CHECK(report.outcome != replay::Outcome::kIdentical || !report.complete ||
                    report.head == source.head(),
                "a replay without divergence ends at another head");
  return report;
}

Error is_a_node(const ActorId& id) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{} is the node itself, which runs no component: there is nothing to "
                           "replay",
                           id.to_string()));
}

Result<replay::Report> replay_export(const ReplayCommand& command) {
  // How many events there are, and that all of them are there, before the first one is replayed.
  ChainFacts chain = THEATER_TRY(read_export_facts(command.actor));
  auto reader = THEATER_TRY(open_export(command.actor));
  if (chain.actor == reader->header().log_id) return Failure(is_a_node(chain.actor));
  log::ExportSource source(*reader);
  auto blobs = [&](const Hash& digest) { return reader->blob(digest); };
  return replay_chain(command, {.source = source, .events = chain.events, .blobs = blobs});
}

Result<replay::Report> replay_actor(const ReplayCommand& command) {
  if (THEATER_TRY(names_export(command.actor))) return replay_export(command);
  auto reader = THEATER_TRY(open_log(command.home));
  ActorId id = THEATER_TRY(find_actor(*reader, command.actor));
  if (id == reader->log_id()) return Failure(is_a_node(id));
  HomeLayout home{home_folder(command.home)};
  auto store = THEATER_TRY(BlobStore::open_read_only(home.blobs()));
  auto blobs = [&](const Hash& digest) { return store->get(digest); };
  auto source = log::stored_chain(*reader, id);
  return replay_chain(command,
                      {.source = *source, .events = reader->find(id)->events, .blobs = blobs});
}

std::string_view outcome_name(replay::Outcome outcome) {
  switch (outcome) {
    case replay::Outcome::kIdentical:
      return "IDENTICAL";
    case replay::Outcome::kDiverged:
      return "DIVERGED";
    case replay::Outcome::kUnverifiable:
      return "UNVERIFIABLE";
  }
  return "UNVERIFIABLE";
}

Exit exit_of(replay::Outcome outcome) {
  switch (outcome) {
    case replay::Outcome::kIdentical:
      return Exit::kDone;
    case replay::Outcome::kDiverged:
      return Exit::kFailed;
    case replay::Outcome::kUnverifiable:
      return Exit::kUnverifiable;
  }
  return Exit::kFailed;
}

void print_side(std::string_view title, const replay::Side& side, Output& output) {
  output.line(fmt::format("  {}: {}", title, escape_control(side.what)));
  auto part = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) output.line(fmt::format("    {:<10}{}", name, escape_control(text)));
  };
  part("function", side.function);
  part("arguments", side.arguments);
  part("result", side.result);
}

constexpr size_t kLongText = 120;
constexpr size_t kShownBefore = 40;
constexpr size_t kShownAfter = 40;

// Where two long texts part, with a little of each around it.
void print_difference(std::string_view name, std::string_view recorded, std::string_view replayed,
                      Output& output) {
  if (recorded == replayed || std::max(recorded.size(), replayed.size()) < kLongText) return;
  auto at = static_cast<size_t>(
      std::mismatch(recorded.begin(), recorded.end(), replayed.begin(), replayed.end()).first -
      recorded.begin());
  size_t from = at - std::min(at, kShownBefore);
  auto part = [&](std::string_view title, std::string_view text) {
    output.line(fmt::format(
        "    {:<10}…{}…", title,
        escape_control(text.substr(std::min(from, text.size()), at - from + kShownAfter))));
  };
  output.line(fmt::format("  the {} part at character {}:", name, at));
  part("recorded", recorded);
  part("replayed", replayed);
}

void print_divergence(const replay::Divergence& at, Output& output) {
  output.line(fmt::format(
      "REPLAY DIVERGED at event {}{}", at.seq,
      at.event.empty() ? ", after the end of the record" : fmt::format(" ({})", at.event)));
  if (!at.event.empty()) output.line(fmt::format("  event: {}", at.hash.to_string()));
  if (!at.call.empty())
    output.line(fmt::format("  in the call: {}, event {}", escape_control(at.call), at.call_seq));
  output.line(fmt::format("  differs in: {}", at.field));
  print_side("recorded", at.recorded, output);
  print_side("replayed", at.replayed, output);
  print_difference("arguments", at.recorded.arguments, at.replayed.arguments, output);
  print_difference("results", at.recorded.result, at.replayed.result, output);
}

void print_verdict(const replay::Report& report, Output& output) {
  if (report.outcome == replay::Outcome::kDiverged && report.divergence) {
    print_divergence(*report.divergence, output);
  } else if (report.outcome == replay::Outcome::kIdentical) {
    output.line(fmt::format("REPLAY IDENTICAL: {} events, {} calls; head {}", report.events,
                            report.calls, report.head.to_string()));
    output.line(report.complete ? "  that is the recorded head, and the record ends there"
                                : "  that is the recorded hash of the last event replayed");
  } else {
    output.line(fmt::format("REPLAY UNVERIFIABLE: {} events, {} calls agree; head {}",
                            report.events, report.calls, report.head.to_string()));
  }
  for (const std::string& missing : report.missing)
    output.line(fmt::format("missing: {}", escape_control(missing)));
  for (const std::string& note : report.notes)
    output.line(fmt::format("note: {}", escape_control(note)));
}

void print_state(const std::optional<Bytes>& state, Output& output) {
  if (!state) {
    output.line("state: none");
  } else if (is_utf8(as_text(*state))) {
    output.line(fmt::format("state: {}", escape_control(as_text(*state))));
  } else {
    output.line(fmt::format("state, in hexadecimal: {}", to_hex(*state)));
  }
}

Json to_json(const replay::Side& side) {
  auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  auto value = [&](const std::string& json) {
    Json parsed = Json::parse(json, nullptr, false);
    return parsed.is_discarded() ? text(json) : parsed;
  };
  return {{"what", side.what},
          {"function", text(side.function)},
          {"arguments", value(side.arguments)},
          {"result", value(side.result)}};
}

Json to_json(const replay::Divergence& at) {
  return {{"seq", at.seq},
          {"event", at.event.empty() ? Json() : Json(at.event)},
          {"hash", at.event.empty() ? Json() : Json(at.hash.to_string())},
          {"call", at.call.empty() ? Json() : Json(at.call)},
          {"call_seq", at.call.empty() ? Json() : Json(at.call_seq)},
          {"field", at.field},
          {"recorded", to_json(at.recorded)},
          {"replayed", to_json(at.replayed)}};
}

Json to_json(const replay::Report& report, bool with_state) {
  Json out = {{"outcome", outcome_name(report.outcome)},
              {"actor", report.actor.to_string()},
              {"name", report.name},
              {"events", report.events},
              {"calls", report.calls},
              {"head", report.head.to_string()},
              {"complete", report.complete},
              {"ended", report.ended},
              {"divergence", report.divergence ? to_json(*report.divergence) : Json()},
              {"missing", report.missing},
              {"notes", report.notes}};
  if (with_state) out["state"] = report.state ? json_bytes(*report.state) : Json();
  return out;
}

}  // namespace

Exit run(const ReplayCommand& command, Output& output) {
  auto report = replay_actor(command);
  if (!report) return report_failure(report.error(), Exit::kFailed, command.json, output);
  if (command.json) {
    output.json(to_json(*report, command.state));
  } else {
    print_verdict(*report, output);
    if (command.state) print_state(report->state, output);
  }
  return exit_of(report->outcome);
}

}  // namespace theater::cli
