#include "theater/cli/verify_messages.h"

#include "theater/base/log.h"
#include "theater/cli/actor_argument.h"
#include "theater/cli/progress.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

// An id needs no chain: what another says of it is on record all the same.
Result<ActorId> find_side(const log::LogReader& reader, const std::string& word) {
  Result<ActorId> found = find_actor(reader, word);
  if (found) return found;
  Result<ActorId> id = ActorId::parse(word);
  return id ? id : found;
}

Json to_json(const std::optional<log::MessageEvent>& event) {
  if (!event) return {};
  return {{"actor", event->actor.to_string()},
          {"name", event->name},
          {"seq", event->seq},
          {"event", event->event},
          {"function", event->function.empty() ? Json() : Json(event->function)},
          {"segment", event->place.segment},
          {"offset", event->place.offset}};
}

}  // namespace

Result<std::optional<MessagesChecked>> check_messages(const VerifyCommand& command,
                                                      const std::filesystem::path& log) {
  if (command.between.empty() && !command.messages) return std::nullopt;
  auto reader = THEATER_TRY(log::LogReader::open(log));
  MessagesChecked checked{"of all actors", {}};
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
  return std::optional<MessagesChecked>(std::move(checked));
}

void print_messages(const MessagesChecked& checked, Output& output) {
  const log::MessageReport& report = checked.report;
  output.line(fmt::format("MESSAGES {}: {} and {} {}; {} in flight",
                          log::verdict_name(report.verdict), counted(report.messages, "message"),
                          counted(report.answers, "answer"), escape_control(checked.what),
                          report.in_flight));
  for (const log::Difference& difference : report.differences) {
    output.line(escape_control(
        fmt::format("  {}: {}", log::fault_name(difference.fault), difference.what)));
    auto side = [&](std::string_view name, const std::optional<log::MessageEvent>& event) {
      if (event) output.line(escape_control(fmt::format("    {}  {}", name, event->to_string())));
    };
    side("given  ", difference.given);
    side("taken  ", difference.taken);
    output.line(fmt::format("    look at  {}", difference.look_at));
  }
  if (report.left_out > 0) output.line(fmt::format("… and {} more", report.left_out));
}

Json to_json(const MessagesChecked& checked) {
  Json differences = Json::array();
  for (const log::Difference& difference : checked.report.differences) {
    differences.push_back({{"fault", log::fault_name(difference.fault)},
                           {"what", difference.what},
                           {"given", to_json(difference.given)},
                           {"taken", to_json(difference.taken)},
                           {"look_at", difference.look_at}});
  }
  return {{"verdict", log::verdict_name(checked.report.verdict)},
          {"what", checked.what},
          {"messages", checked.report.messages},
          {"answers", checked.report.answers},
          {"in_flight", checked.report.in_flight},
          {"differences", std::move(differences)},
          {"left_out", checked.report.left_out}};
}

}  // namespace theater::cli
