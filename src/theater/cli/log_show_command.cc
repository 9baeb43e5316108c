#include "theater/base/guarded.h"
#include "theater/cli/actor_argument.h"
#include "theater/cli/chain_printer.h"
#include "theater/cli/commands.h"
#include "theater/cli/export_argument.h"
#include "theater/cli/signals.h"
#include "theater/log/event/event.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/views/actor_summary.h"

#include <chrono>
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

// A chain on its way from the log to the output.
class Show {
 public:
  Show(const LogShowCommand& command, const views::ActorSummary& actor, log::LogCursor cursor,
       Output& output)
      : from_(command.from.value_or(0)),
        output_(output),
        cursor_(std::move(cursor)),
        printer_(actor.name, command.json ? ChainPrinter::Form::kJson : ChainPrinter::Form::kText,
                 output) {
    printer_.heading(actor.events, actor.head);
  }

  // Prints what there is, up to `events` of the chain. True if nothing can follow.
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
  // True if it is the chain's last.
  Result<bool> take(const log::StoredEvent& stored) {
    if (next_ < from_) {
      THEATER_TRY_VOID(printer_.skip(stored.bytes));
    } else {
      Hash hash = log::event_hash(stored.bytes);
      size_t detached = THEATER_TRY(detached_payloads(stored.bytes));
      views::Bodies bodies;
      if (detached > 0) bodies = THEATER_TRY(cursor_.bodies(detached));
      THEATER_TRY_VOID(printer_.event(stored.bytes, hash, &bodies));
    }
    log::Event event = THEATER_TRY(log::decode_event_in_place(stored.bytes));
    return std::holds_alternative<log::Terminated>(event.body);
  }

  static Result<size_t> detached_payloads(ByteView bytes) {
    log::Event event = THEATER_TRY(log::decode_event_in_place(bytes));
    size_t count = 0;
    log::for_each_payload(event.body, [&](const log::Payload& payload) {
      if (log::inline_bytes(payload) == nullptr) ++count;
    });
    return count;
  }

  uint64_t from_;
  Output& output_;
  log::LogCursor cursor_;
  ChainPrinter printer_;
  uint64_t next_ = 0;
};

// Reads it twice: what stands above the events is known at their end.
Result<void> show_export(const LogShowCommand& command, Output& output) {
  if (command.follow) {
    return fail(ErrorCode::kInvalidArgument,
                "{} is an export, to which nothing is added: leave "
                "--follow out",
                command.actor);
  }
  views::ChainFacts chain = THEATER_TRY(read_export_facts(command.actor));
  auto reader = THEATER_TRY(open_export(command.actor));
  ChainPrinter printer(
      chain.name, command.json ? ChainPrinter::Form::kJson : ChainPrinter::Form::kText, output);
  printer.heading(chain.events, chain.head);
  for (uint64_t next = 0; !output.broken(); ++next) {
    std::optional<log::ExportedEvent> event = THEATER_TRY(reader->next());
    if (!event) break;
    if (next < command.from.value_or(0)) {
      THEATER_TRY_VOID(printer.skip(event->bytes));
    } else {
      THEATER_TRY_VOID(printer.event(event->bytes, event->hash, &event->bodies));
    }
  }
  printer.flush();
  return {};
}

Result<void> show(const LogShowCommand& command, Stop& stop, Output& output) {
  if (THEATER_TRY(names_export(command.actor))) return show_export(command, output);
  auto reader = THEATER_TRY(open_log(command.home));
  ActorId id = THEATER_TRY(find_actor(*reader, command.actor));
  views::ActorSummary actor = THEATER_TRY(views::summarize(*reader, *reader->find(id)));
  Show shown(command, actor, reader->actor_cursor(id), output);
  if (!command.follow) {
    // What the heading counted, even if the log grows meanwhile.
    THEATER_TRY(shown.advance(actor.events, stop));
    return {};
  }
  while (!THEATER_TRY(shown.advance(std::nullopt, stop)) && !stopped(stop)) {
    stop.wait_for(kPollPeriod, [](bool set) { return set; }, [](bool) {});
  }
  return {};
}

}  // namespace

Exit run(const LogShowCommand& command, Output& output) {
  Stop stop(false);
  std::optional<StopSignals> signals;
  if (command.follow) {
    signals.emplace([&](int) {
      stop.with([](bool& set) { set = true; });
      stop.notify_all();
    });
  }
  Result<void> done = show(command, stop, output);
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
