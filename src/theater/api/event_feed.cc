#include "theater/api/event_feed.h"

#include "theater/log/event/event.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/views/chain_view.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::api {

namespace {

// Events that one stream reads before the others have their turn.
constexpr size_t kEventsARound = 1'000;

// An event as a value, if its type is wanted.
struct Shown {
  std::optional<views::Json> value;
  bool is_last = false;  // Of its chain.
};

Result<Shown> show(views::ChainValues& values, const EventWish& wish, const log::Event& event,
                   ByteView bytes, const Hash& hash, const views::Bodies* bodies) {
  Shown shown;
  shown.is_last = std::holds_alternative<log::Terminated>(event.body);
  if (event.seq < wish.from) {
    THEATER_TRY_VOID(values.skip(bytes));
    return shown;
  }
  views::Json value = THEATER_TRY(values.event(bytes, hash, bodies));
  views::Json& inner = value["event"];
  bool is_wanted =
      wish.type.empty() || inner["type"].get<std::string>().find(wish.type) != std::string::npos;
  if (is_wanted) shown.value = std::move(inner);
  return shown;
}

// The next event of a log's cursor; none if there is none yet.
Result<std::optional<Shown>> next_shown(log::LogCursor& cursor, views::ChainValues& values,
                                        const EventWish& wish) {
  std::optional<log::StoredEvent> stored = THEATER_TRY(cursor.next());
  if (!stored) return std::nullopt;
  log::Event event = THEATER_TRY(log::decode_event_in_place(stored->bytes));
  bool is_shown = event.seq >= wish.from;
  views::Bodies bodies;
  if (size_t detached = log::count_detached(event.body); is_shown && detached > 0)
    bodies = THEATER_TRY(cursor.bodies(detached));
  Hash hash = is_shown ? log::event_hash(stored->bytes) : Hash();
  return std::optional<Shown>(THEATER_TRY(show(values, wish, event, stored->bytes, hash, &bodies)));
}

// The same of an event that a chain in memory keeps.
Result<Shown> show_kept(const log::Chain& chain, uint64_t seq, views::ChainValues& values,
                        const EventWish& wish) {
  log::Event event = THEATER_TRY(log::decode_event_in_place(chain.event(seq)));
  return show(values, wish, event, chain.event(seq), chain.hash(seq), nullptr);
}

}  // namespace

// One client.
class EventFeed::Stream : public ClientStream {
 public:
  // `log` is the reader of the feed's streams, once there is one.
  Stream(Runtime& runtime, views::PayloadTypes& types, const Reader& log, EventWish wish,
         EventWriter writer)
      : ClientStream(std::move(wish.client), std::move(writer)),
        runtime_(runtime),
        types_(types),
        log_(log),
        wish_(std::move(wish)),
        values_(std::in_place, wish_.actor.to_string(), types) {}

 private:
  Result<Next> send_new() override {
    auto status = runtime_.status(wish_.actor);
    if (status && status->events <= next_)
      return is_over_ || status->ended ? finish() : Next::kWait;
    if (!cursor_ && log_->find(wish_.actor) != nullptr)
      cursor_.emplace(log_->actor_cursor(wish_.actor));
    return cursor_ ? send_of_log() : send_of_memory();
  }

  Result<Next> send_of_log() {
    for (size_t read = 0; read < kEventsARound; ++read) {
      if (is_over_) return finish();
      std::optional<Shown> shown = THEATER_TRY(next_shown(*cursor_, *values_, wish_));
      if (!shown) return Next::kWait;
      is_over_ = shown->is_last;
      uint64_t seq = next_++;
      if (shown->value && !send("chain", seq, *shown->value)) return stuck();
    }
    return Next::kMore;
  }

  Result<Next> send_of_memory() {
    auto chain = runtime_.chain(wish_.actor, next_);
    if (!chain) return finish();
    uint64_t from = std::max(next_, wish_.from);
    // What comes before the events is forgotten.
    if (next_ < chain->first_seq())
      values_.emplace(wish_.actor.to_string(), types_, views::ChainForm{},
                      chain->functions_at_first());
    if (from < chain->first_seq()) {
      uint64_t last = chain->first_seq() - 1;
      bool is_sent = send("gap", last, {{"from", from}, {"to", last}});
      next_ = chain->first_seq();
      if (!is_sent) return stuck();
    }
    // The newest event is there also if it was read before.
    for (uint64_t seq = std::max(next_, chain->first_seq()); seq < chain->end_seq(); ++seq) {
      Shown shown = THEATER_TRY(show_kept(*chain, seq, *values_, wish_));
      is_over_ = shown.is_last;
      next_ = seq + 1;
      if (shown.value && !send("chain", seq, *shown.value)) return stuck();
    }
    next_ = std::max(next_, chain->end_seq());
    return is_over_ ? finish() : Next::kWait;
  }

  Runtime& runtime_;
  views::PayloadTypes& types_;
  const Reader& log_;
  const EventWish wish_;
  std::optional<views::ChainValues> values_;  // Always there; made again behind a gap.
  std::optional<log::LogCursor> cursor_;      // None for a chain that is not in the log.
  uint64_t next_ = 0;                         // Position of the next event to read.
  bool is_over_ = false;
};

EventFeed::EventFeed(Runtime& runtime, const HandlerSet& handlers, std::filesystem::path log_folder)
    : runtime_(runtime),
      log_folder_(std::move(log_folder)),
      types_(handlers),
      pump_("events", [this]() -> Result<void> {
        THEATER_TRY(find(stream_log_, ActorId{}));
        return {};
      }) {}

Result<bool> EventFeed::find(Reader& reader, const ActorId& actor) const {
  if (reader == nullptr) {
    reader = THEATER_TRY(log::LogReader::open(log_folder_));
  } else {
    THEATER_TRY_VOID(reader->refresh());
  }
  return reader->find(actor) != nullptr;
}

Result<EventPage> EventFeed::read(const EventWish& wish, size_t limit) {
  return pages_.with([&](Reader& pages) -> Result<EventPage> {
    if (THEATER_TRY(find(pages, wish.actor))) return read_log(*pages, wish, limit);
    return read_memory(wish, limit);
  });
}

Result<void> EventFeed::check(const ActorId& actor) {
  bool is_in_log = THEATER_TRY(pages_.with([&](Reader& pages) { return find(pages, actor); }));
  if (!is_in_log) THEATER_TRY(runtime_.status(actor));
  return {};
}

Result<EventPage> EventFeed::read_log(const log::LogReader& reader, const EventWish& wish,
                                      size_t limit) {
  EventPage page;
  log::LogCursor cursor = reader.actor_cursor(wish.actor);
  views::ChainValues values(wish.actor.to_string(), types_);
  for (uint64_t seq = 0; page.events.size() < limit && !page.is_end; ++seq) {
    std::optional<Shown> shown = THEATER_TRY(next_shown(cursor, values, wish));
    if (!shown) break;
    page.next = seq + 1;
    page.is_end = shown->is_last;
    if (shown->value) page.events.push_back(*std::move(shown->value));
  }
  return page;
}

Result<EventPage> EventFeed::read_memory(const EventWish& wish, size_t limit) {
  log::Chain chain = THEATER_TRY(runtime_.chain(wish.actor));
  EventPage page{.first = chain.first_seq(), .next = chain.first_seq()};
  views::ChainValues values(wish.actor.to_string(), types_, {}, chain.functions_at_first());
  for (uint64_t seq = chain.first_seq(); seq < chain.end_seq(); ++seq) {
    if (page.events.size() == limit) break;
    page.next = seq + 1;
    Shown shown = THEATER_TRY(show_kept(chain, seq, values, wish));
    page.is_end = shown.is_last;
    if (shown.value) page.events.push_back(*std::move(shown.value));
  }
  return page;
}

void EventFeed::follow(EventWish wish, EventWriter writer) {
  pump_.add(
      std::make_shared<Stream>(runtime_, types_, stream_log_, std::move(wish), std::move(writer)));
}

}  // namespace theater::api
