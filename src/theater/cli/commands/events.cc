#include "theater/cli/commands/events.h"

#include "theater/api/client/actor_reference.h"
#include "theater/base/clock.h"
#include "theater/cli/options/shared_options.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <deque>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace theater::cli {

namespace {

using views::Json;

constexpr uint64_t kPageEvents = 1000;
// Events that are kept to be sorted.
constexpr size_t kSortedMax = 20'000;

// What to ask for, from `from` on.
std::string target_of(const std::string& path, const EventsOptions& options, uint64_t from) {
  std::string target = fmt::format("{}?from={}", path, from);
  if (!options.type.empty()) target += "&type=" + api::query_value(options.type);
  if (options.raw) target += "&raw=true";
  return target;
}

std::optional<uint64_t> number_in(const Json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<uint64_t>();
}

// The chain whose events are read.
struct Chain {
  std::string path;
  std::optional<uint64_t> end;  // A chain may grow faster than it is read.
};

// Events of one page that pass the filter.
struct Passed {
  Json events = Json::array();
  bool is_last = false;  // No event behind them passes.
};

Passed filtered(Json events, const EventFilter& filter) {
  Passed passed;
  for (Json& event : events) {
    if (!event.is_object()) continue;
    passed.is_last = passed.is_last || filter.is_behind(event);
    if (filter.passes(event)) passed.events.push_back(std::move(event));
  }
  return passed;
}

// Reads pages until one leads no further or `take` has enough. `take` gets the events that pass,
// and returns how many it wants from then on.
template <class Take>
Result<void> read_pages(api::ApiClient& client, const Chain& chain, const EventsOptions& options,
                        uint64_t wanted, const Take& take) {
  const uint64_t begin = options.filter.first_position();
  uint64_t from = begin;
  while (wanted > 0) {
    // What the filter takes away is not known before.
    uint64_t limit = options.filter.is_narrow() ? kPageEvents : std::min(wanted, kPageEvents);
    std::string target = fmt::format("{}&limit={}", target_of(chain.path, options, from), limit);
    Json page = THEATER_TRY(client.get(target));
    auto events = page.find("events");
    if (events == page.end() || !events->is_array())
      return fail(ErrorCode::kCorrupt, "the server's answer has no list of events");
    auto first = number_in(page, "first");
    if (first && *first > from && from == begin) {
      print_warning(fmt::format(
          "the server keeps the events from {} on: the actor has durability memory", *first));
    }
    Passed passed = filtered(std::move(*events), options.filter);
    wanted = THEATER_TRY(take(std::move(passed.events)));
    std::optional<uint64_t> next = number_in(page, "next");
    bool is_end = !next || *next <= from || (chain.end && *next >= *chain.end);
    if (is_end || passed.is_last) return {};
    from = *next;
  }
  return {};
}

Result<void> print_in_order(api::ApiClient& client, const Chain& chain,
                            const EventsOptions& options, EventPrinter& printer,
                            const Output& output) {
  uint64_t all = options.limit.value_or(UINT64_MAX);
  return read_pages(client, chain, options, all, [&](Json events) -> Result<uint64_t> {
    while (events.size() > all - printer.printed())
      events.erase(std::prev(events.end()));
    printer.print_page(events);
    return output.broken() ? 0 : all - printer.printed();
  });
}

// Reads all first. The newest first, the chain is read to its end and only the last are kept.
Result<void> print_sorted(api::ApiClient& client, const Chain& chain, const EventsOptions& options,
                          EventPrinter& printer) {
  bool keeps_last = options.order == EventOrder::kChain && options.limit;
  std::deque<Json> kept;
  auto take = [&](Json events) -> Result<uint64_t> {
    for (Json& event : events) {
      if (keeps_last && kept.size() == *options.limit) kept.pop_front();
      kept.push_back(std::move(event));
      if (kept.size() <= kSortedMax) continue;
      return Failure(Error(ErrorCode::kResourceExhausted,
                           fmt::format("more than {} events would have to be sorted", kSortedMax))
                         .with_hint("choose fewer with --from, --to, --type or --search"));
    }
    return UINT64_MAX;
  };
  THEATER_TRY_VOID(read_pages(client, chain, options, UINT64_MAX, take));
  std::vector<Json> events(std::make_move_iterator(kept.begin()),
                           std::make_move_iterator(kept.end()));
  sort_events(events, options.order);
  if (options.reverse) std::reverse(events.begin(), events.end());
  if (options.limit && *options.limit < events.size()) events.resize(*options.limit);
  printer.print_page(Json(std::move(events)));
  return {};
}

Result<void> show_events(const EventsOptions& options, Output& output) {
  auto client = THEATER_TRY(connect_to_server(options.server));
  Chain chain{.path = "/v1/node/events", .end = {}};
  if (!options.actor.empty()) {
    Json found = THEATER_TRY(api::find_actor(*client, options.actor, api::ActorUse::kRead));
    chain.path = api::actor_target(THEATER_TRY(api::actor_id_of(found)), "/events");
    chain.end = number_in(found, "events");
  }
  EventPrinter printer(options.form, output,
                       options.full ? ValueLength::kFull : ValueLength::kShort);
  if (options.follow) {
    auto stream = THEATER_TRY(
        client->follow(target_of(chain.path, options, options.filter.first_position())));
    return print_stream(*stream, options.filter, options.limit, printer, output);
  }
  if (options.order == EventOrder::kChain && !options.reverse)
    return print_in_order(*client, chain, options, printer, output);
  return print_sorted(*client, chain, options, printer);
}

// Reads the bounds, and refuses what does not go together.
std::string problem_of(EventsOptions& options) {
  uint64_t now_us = SystemClock().wall_us();
  auto read = [&](const char* name, const std::string& text, std::optional<EventBound>& bound) {
    if (text.empty()) return std::string();
    auto parsed = parse_event_bound(text, now_us);
    if (!parsed) return fmt::format("{}: {}", name, parsed.error().message());
    bound = *parsed;
    return std::string();
  };
  if (auto wrong = read("--from", options.from, options.filter.from); !wrong.empty()) return wrong;
  if (auto wrong = read("--to", options.to, options.filter.to); !wrong.empty()) return wrong;
  bool is_ordered = options.order != EventOrder::kChain || options.reverse;
  if (options.follow && (is_ordered || options.filter.to))
    return "--follow shows events as they come: leave out --to, --sort and --reverse";
  if (options.detailed) options.form = EventForm::kDetailed;
  if (options.json) options.form = EventForm::kJson;
  options.json = options.form == EventForm::kJson;
  return {};
}

void define(OptionParser& parser, EventsOptions& options) {
  parser.argument("ACTOR", options.actor, OptionParser::Presence::kOptional);
  parser.option("--from", "PLACE", options.from,
                "begin with the event at this position, or the first from this time on");
  parser.option("--to", "PLACE", options.to,
                "end with the event at this position, or the last up to this time");
  parser.count_option("--limit;-l", options.limit, "print at most so many events");
  parser.option("--type;--event-type,-t", "TEXT", options.type,
                "only events whose type contains TEXT");
  parser.option("--search", "TEXT", options.filter.search,
                "only events with TEXT in type, description or values, in either case");
  parser.choice_option(
      "--sort;-s", "KEY", "key", {"chain", "time", "type", "size"},
      [&options](size_t key) { options.order = static_cast<EventOrder>(key); },
      "order by chain (default), time, type or size");
  parser.flag("--reverse;-r", options.reverse, "the last of that order first");
  parser.choice_option(
      "--format;-f", "FORM", "form", {"pretty", "compact", "detailed", "json", "csv"},
      [&options](size_t form) { options.form = static_cast<EventForm>(form); },
      "pretty (default), compact, detailed, json or csv");
  parser.flag("--detailed;-d", options.detailed, "the same as --format detailed");
  parser.flag("--raw", options.raw, "show payloads as bytes");
  parser.flag("--full", options.full, "shorten no payload");
  parser.flag("--follow", options.follow, "continue as events are recorded");
  server_choice(parser, options.server);
  json_option(parser, options.json, "print one JSON object per event");
  parser.check([&options] { return problem_of(options); });
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

PLACE is a position in the chain (42), a time (2026-11-23T10:00:00Z, or the
seconds since 1970, which have ten digits), or a duration before now (90s, 45m,
1h, 2d). --reverse with --limit shows the newest events.

The forms: pretty is a line with everything but long hashes and long values;
compact has position, function and values; detailed has one fact per line and
all of each value; json is an object per event, and csv a row.

With --follow it continues as events are recorded, until the actor has ended or
Ctrl-C. If events come faster than they are read, a warning names those that are
left out.

`theater log show` reads the same events from the disk, without a server.)",
     .examples = R"(theater events counter
theater events counter --type handle-request --limit 10
theater events counter --from 1h --search 'add 5'
theater events counter --reverse --limit 20 --full
theater events foreman/kid --follow
theater events --json)"},
    define,
    run};

}  // namespace theater::cli
