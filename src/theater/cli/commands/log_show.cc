#include "theater/cli/commands/log_show.h"

#include "theater/base/guarded.h"
#include "theater/cli/commands/replaying.h"
#include "theater/cli/options/actor_argument.h"
#include "theater/cli/options/export_argument.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/chain_printer.h"
#include "theater/cli/terminal/pager.h"
#include "theater/cli/terminal/screen.h"
#include "theater/cli/terminal/signals.h"
#include "theater/log/event/event.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/replay/record.h"
#include "theater/store/home.h"
#include "theater/views/actor_summary.h"
#include "theater/views/payload_types.h"
#include "theater/views/recorded_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace theater::cli {

namespace {

constexpr std::chrono::milliseconds kPollPeriod{50};

// Set when the command is to end.
using Stop = Guarded<bool>;

bool stopped(const Stop& stop) {
  return stop.with([](bool set) { return set; });
}

// How a chain of `events` is printed, and the pager that takes it if it is long.
struct Form {
  Form(const LogShowOptions& options, uint64_t events)
      : chain{.json = options.json,
              .raw = options.raw,
              .full = options.full,
              .screen = Screen::of_output()} {
    bool may_page = chain.screen.is_terminal && !options.json && !options.follow;
    // Each event has a line, and the heading and the day have theirs.
    uint64_t lines = events - std::min(events, options.from.value_or(0)) + 2;
    if (!may_page || options.no_pager || lines < chain.screen.rows) return;
    std::optional<std::string> command = Pager::command();
    if (!command) return;
    Result<Pager> started = Pager::start(*command);
    if (started) {
      pager.emplace(*std::move(started));
    } else {
      print_warning(started.error().to_string());
    }
  }

  ChainPrinter::Options chain;
  std::optional<Pager> pager;
};

// Prints a chain of the log.
class Show {
 public:
  Show(const LogShowOptions& options, const views::ActorSummary& actor, log::LogCursor cursor,
       views::PayloadTypes& types, Output& output)
      : from_(options.from.value_or(0)),
        output_(output),
        cursor_(std::move(cursor)),
        form_(options, actor.events),
        printer_(actor.name, form_.chain, types, output) {
    printer_.heading(actor.events, actor.head);
  }

  // Prints what the log has, up to `events` of the chain. True if nothing can follow.
  Result<bool> advance(std::optional<uint64_t> events, const Stop& stop) {
    bool ended = false;
    while (!ended && (!events || next_ < *events) && !output_.broken() && !stopped(stop)) {
      std::optional<log::StoredEvent> stored = THEATER_TRY(cursor_.next());
      if (!stored) break;
      ended = THEATER_TRY_CONTEXT(take(*stored), "event {}, at byte {} of {}", next_,
                                  stored->offset, log::segment_file_name(stored->segment));
      ++next_;
    }
    printer_.flush();
    return ended || output_.broken();
  }

 private:
  // True for the chain's last event.
  Result<bool> take(const log::StoredEvent& stored) {
    log::Event event = THEATER_TRY(log::decode_event_in_place(stored.bytes));
    if (next_ < from_) {
      THEATER_TRY_VOID(printer_.skip(stored.bytes));
    } else {
      Hash hash = log::event_hash(stored.bytes);
      size_t detached = log::count_detached(event.body);
      views::Bodies bodies;
      if (detached > 0) bodies = THEATER_TRY(cursor_.bodies(detached));
      THEATER_TRY_VOID(printer_.event(stored.bytes, hash, &bodies));
    }
    return std::holds_alternative<log::Terminated>(event.body);
  }

  uint64_t from_;
  Output& output_;
  log::LogCursor cursor_;
  Form form_;
  ChainPrinter printer_;
  uint64_t next_ = 0;
};

// Reads the file twice: the heading needs facts from its end.
Result<void> show_export(const LogShowOptions& options, Output& output) {
  if (options.follow) {
    return fail(ErrorCode::kInvalidArgument,
                "{} is an export, and nothing follows its last event: leave --follow out",
                options.actor);
  }
  views::ChainFacts chain = THEATER_TRY(read_export_facts(options.actor));
  auto reader = THEATER_TRY(open_export(options.actor));
  views::RecordedTypes types([&](const Hash& digest) { return reader->blob(digest); });
  Form form(options, chain.events);
  ChainPrinter printer(chain.name, form.chain, types.types(), output);
  printer.heading(chain.events, chain.head);
  for (uint64_t next = 0; !output.broken(); ++next) {
    std::optional<log::ExportedEvent> event = THEATER_TRY(reader->next());
    if (!event) break;
    if (next < options.from.value_or(0)) {
      THEATER_TRY_VOID(printer.skip(event->bytes));
    } else {
      THEATER_TRY_VOID(printer.event(event->bytes, event->hash, &event->bodies));
    }
  }
  printer.flush();
  return {};
}

// Prints the events of a replay, and puts in the bodies that the component makes again.
class ShowRecomputed final : public replay::Listener {
 public:
  ShowRecomputed(const LogShowOptions& options, const views::ChainFacts& chain,
                 views::PayloadTypes& types, Output& output)
      : from_(options.from.value_or(0)),
        form_(options, chain.events),
        printer_(chain.name, form_.chain, types, output) {
    printer_.heading(chain.events, chain.head);
  }

  Result<void> computed(const replay::RecordedEvent& event, const log::Payload& payload,
                        ByteView bytes) override {
    const log::StoredBody* stored = replay::stored_body(event, payload);
    if (stored != nullptr && stored->is_absent()) made_ = to_bytes(bytes);
    return {};
  }

  // Only the first payload of an event is an output, so at most one was made.
  Result<void> replayed(const replay::RecordedEvent& event) override {
    views::Bodies bodies = event.bodies;
    for (std::optional<log::StoredBody>& body : bodies) {
      if (!made_ || !body || !body->is_absent()) continue;
      body->shared = std::make_shared<const Bytes>(*std::exchange(made_, std::nullopt));
    }
    if (event.event.seq < from_) return printer_.skip(event.bytes);
    return printer_.event(event.bytes, log::event_hash(event.bytes), &bodies);
  }

  void flush() { printer_.flush(); }

 private:
  uint64_t from_;
  Form form_;
  ChainPrinter printer_;
  std::optional<Bytes> made_;  // The bytes of a body that the record leaves out.
};

// The name, the number of events and the head of the actor's chain, for the heading.
Result<views::ChainFacts> chain_facts(const LogShowOptions& options) {
  if (THEATER_TRY(names_export(options.actor))) return read_export_facts(options.actor);
  auto reader = THEATER_TRY(open_log(options.home));
  ActorId id = THEATER_TRY(find_actor(*reader, options.actor));
  views::ActorSummary actor = THEATER_TRY(views::summarize(*reader, *reader->find(id)));
  return views::ChainFacts{
      .actor = id, .name = actor.name, .events = actor.events, .head = actor.head};
}

// Content of the chain: from the home, or from an export, which is read to its end first.
Result<views::RecordedTypes::Blobs> blobs_of_chain(const LogShowOptions& options) {
  if (!THEATER_TRY(names_export(options.actor)))
    return views::RecordedTypes::blobs_of(HomeLayout{home_folder(options.home)});
  std::shared_ptr<log::ExportReader> reader = THEATER_TRY(open_export(options.actor));
  while (THEATER_TRY(reader->next())) {
  }
  return [reader](const Hash& digest) { return reader->blob(digest); };
}

Result<void> show_recomputed(const LogShowOptions& options, Output& output) {
  if (options.follow) {
    return fail(ErrorCode::kInvalidArgument,
                "--recompute replays the chain as it is: leave --follow out");
  }
  views::ChainFacts chain = THEATER_TRY(chain_facts(options));
  views::RecordedTypes types(THEATER_TRY(blobs_of_chain(options)));
  ShowRecomputed shown(options, chain, types.types(), output);
  replay::Options replaying;
  replaying.listener = &shown;
  if (chain.events > 0) replaying.until = chain.events - 1;
  replay::Report report = THEATER_TRY(
      replay_subject({.home = options.home, .actor = options.actor}, std::move(replaying)));
  shown.flush();
  if (report.outcome != replay::Outcome::kDiverged && report.events == chain.events) return {};
  return Failure(Error(ErrorCode::kCorrupt,
                       fmt::format("the replay stopped after {} of {} events, so the others could "
                                   "not be computed again",
                                   report.events, chain.events))
                     .with_hint("`theater replay` says why"));
}

Result<void> show(const LogShowOptions& options, Stop& stop, Output& output) {
  if (options.recompute) return show_recomputed(options, output);
  if (THEATER_TRY(names_export(options.actor))) return show_export(options, output);
  auto reader = THEATER_TRY(open_log(options.home));
  ActorId id = THEATER_TRY(find_actor(*reader, options.actor));
  views::ActorSummary actor = THEATER_TRY(views::summarize(*reader, *reader->find(id)));
  HomeLayout home{home_folder(options.home)};
  views::RecordedTypes types(views::RecordedTypes::blobs_of(home), home);
  Show shown(options, actor, reader->actor_cursor(id), types.types(), output);
  if (!options.follow) {
    // The events that the heading counted, even if the log grows meanwhile.
    THEATER_TRY(shown.advance(actor.events, stop));
    return {};
  }
  while (!THEATER_TRY(shown.advance(std::nullopt, stop)) && !stopped(stop)) {
    stop.wait_for(kPollPeriod, [](bool set) { return set; }, [](bool) {});
  }
  return {};
}

void define(OptionParser& parser, LogShowOptions& options) {
  parser.argument("ACTOR", options.actor);
  parser.position_option("--from", options.from, "begin with this event");
  parser.flag("--follow", options.follow, "continue as events are recorded");
  parser.flag("--recompute", options.recompute,
              "replay, and show the bodies that the log leaves out");
  parser.flag("--raw", options.raw, "show payloads as bytes, in hexadecimal");
  parser.flag("--full", options.full, "shorten no payload and no line");
  parser.flag("--no-pager", options.no_pager, "print a long chain without a pager");
  home_option(parser, options.home);
  json_option(parser, options.json, "print one JSON object per event");
}

Exit run(const LogShowOptions& options, Output& output) {
  Stop stop(false);
  std::optional<StopSignals> signals;
  if (options.follow) {
    signals.emplace([&](int) {
      stop.with([](bool& set) { set = true; });
      stop.notify_all();
    });
  }
  return exit_after(show(options, stop, output), options.json, output);
}

}  // namespace

const CommandOf<LogShowOptions> kLogShowCommand = {
    {.name = "log show",
     .usage = "ACTOR|FILE [options]",
     .summary = "show an actor's chain of events",
     .details = R"(Prints one line per event: position, time, beginning of its hash, type, a
description, and the values that crossed the sandbox wall: arguments as a JSON
array, and a result after `->`. The types come from the interfaces of this
program, or from the recorded component. A value whose type is not known appears
as `raw` text, or as bytes in hexadecimal with their number. A long value is cut
unless --full is there; --raw shows the bytes in place of values.

On a terminal, lines fit its width: in less than 160 columns a line has the time
of day and no hash, and `… +N` says how many characters are left out. A colour
tells the kind of event, unless NO_COLOR is set. A chain that is longer than the
screen goes to the program in PAGER, or to `less`.

With --json it prints one object per event, with the whole hash, the bytes that
were hashed, and `payloads` without a cut; `detached` has the payloads that the
log keeps next to the event.

With --follow it continues as events reach the disk, until the actor has ended
or Ctrl-C.

An actor whose manifest says `[log] bodies = "inputs"` has bodies that the log
leaves out, since a replay makes them again. They appear as recomputable; with
--recompute the command replays the actor and shows their bytes.

A FILE in place of ACTOR is an export (`theater help log export`).)",
     .examples = R"(theater log show counter
theater log show 3f09 --from 100 --json
theater log show counter --follow
theater log show counter --from 100 --full
theater log show agent --recompute --json)"},
    define,
    run};

}  // namespace theater::cli
