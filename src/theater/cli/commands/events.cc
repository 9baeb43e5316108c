#include "theater/cli/commands/events.h"

#include "theater/api/client/actor_reference.h"
#include "theater/cli/commands/event_lines.h"
#include "theater/cli/options/shared_options.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace theater::cli {

namespace {

using views::Json;

constexpr uint64_t kPageEvents = 1000;

// What to ask for, from `from` on.
std::string target_of(const std::string& path, const EventsOptions& options, uint64_t from) {
  std::string target = fmt::format("{}?from={}", path, from);
  if (!options.type.empty()) target += "&type=" + api::query_value(options.type);
  return target;
}

std::optional<uint64_t> number_in(const Json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<uint64_t>();
}

// Prints pages until one leads no further, or up to `end`: a chain may grow faster than it is read.
Result<void> print_pages(api::ApiClient& client, const std::string& path,
                         const EventsOptions& options, std::optional<uint64_t> end,
                         EventPrinter& printer, const Output& output) {
  uint64_t from = options.from.value_or(0);
  while (!output.broken()) {
    uint64_t wanted = kPageEvents;
    if (options.limit) wanted = std::min(wanted, *options.limit - printer.printed());
    if (wanted == 0) return {};
    Json page =
        THEATER_TRY(client.get(fmt::format("{}&limit={}", target_of(path, options, from), wanted)));
    auto events = page.find("events");
    if (events == page.end() || !events->is_array())
      return fail(ErrorCode::kCorrupt, "the server's answer has no list of events");
    auto first = number_in(page, "first");
    if (first && *first > from && from == options.from.value_or(0)) {
      print_warning(fmt::format(
          "the server keeps the events from {} on: the actor has durability memory", *first));
    }
    printer.print_page(*events);
    std::optional<uint64_t> next = number_in(page, "next");
    if (!next || *next <= from || (end && *next >= *end)) return {};
    from = *next;
  }
  return {};
}

Result<void> show_events(const EventsOptions& options, Output& output) {
  auto client = THEATER_TRY(connect_to_server(options.server));
  std::string path = "/v1/node/events";
  std::optional<uint64_t> end;
  if (!options.actor.empty()) {
    Json found = THEATER_TRY(api::find_actor(*client, options.actor, api::ActorUse::kRead));
    path = api::actor_target(THEATER_TRY(api::actor_id_of(found)), "/events");
    end = number_in(found, "events");
  }
  EventPrinter printer(options.json ? EventForm::kJson : EventForm::kText, output);
  if (!options.follow) return print_pages(*client, path, options, end, printer, output);
  auto stream = THEATER_TRY(client->follow(target_of(path, options, options.from.value_or(0))));
  return print_stream(*stream, options.limit, printer, output);
}

void define(OptionParser& parser, EventsOptions& options) {
  parser.argument("ACTOR", options.actor, OptionParser::Presence::kOptional);
  parser.position_option("--from", options.from, "begin with the event at this position");
  parser.count_option("--limit;-l", options.limit, "print at most so many events");
  parser.option("--type;--event-type,-t", "TEXT", options.type,
                "only events whose type contains TEXT");
  parser.flag("--follow", options.follow, "continue as events are recorded");
  server_choice(parser, options.server);
  json_option(parser, options.json, "print one JSON object per event");
}

Exit run(const EventsOptions& options, Output& output) {
  return exit_after(show_events(options, output), options.json, output);
}

}  // namespace

const CommandOf<EventsOptions> kEventsCommand = {
    {.name = "events",
     .usage = "[ACTOR] [options]",
     .summary = "show what an actor on a server records",
     .details = R"(Prints one line per event: position, time, beginning of its hash, type, and a
description. Without an ACTOR it prints the node's own events: its starts, stops
and repairs, what became of its tokens, and the requests that it refused.

With --follow it continues as events are recorded, until the actor has ended or
Ctrl-C. If events come faster than they are read, a warning names those that are
left out.

`theater log show` reads the same events from the disk, without a server.)",
     .examples = R"(theater events counter
theater events counter --type handle-request --limit 10
theater events foreman/kid --follow
theater events --json)"},
    define,
    run};

}  // namespace theater::cli
