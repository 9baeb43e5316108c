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

bool is_wanted(const EventWish& wish, std::string_view type) {
  return wish.type.empty() || type.find(wish.type) != std::string_view::npos;
}

views::ChainForm form_of(const EventWish& wish) {
  return {.payloads = wish.payloads};
}

// An event as a value, if its type is wanted.
struct Shown {
  std::optional<views::Json> value;
  bool is_last = false;  // Of its chain.
};

// The same as a text, for a stream.
struct ShownText {
  std::optional<std::string> json;
  bool is_last = false;
};

// An event of a chain, and what is needed to show it.
struct ReadEvent {
  log::Event event;
  ByteView bytes;
  std::optional<Hash> known_hash;

  Hash hash() const { return known_hash ? *known_hash : log::event_hash(bytes); }
  bool is_last() const { return std::holds_alternative<log::Terminated>(event.body); }
};

ReadEvent read_kept(log::Event event, const log::Chain& chain, uint64_t seq) {
  return {std::move(event), chain.event(seq), chain.hash(seq)};
}

// The next event of a log's cursor, valid until the one after it; none if there is none yet.
Result<std::optional<ReadEvent>> read_next(log::LogCursor& cursor) {
  std::optional<log::StoredEvent> stored = THEATER_TRY(cursor.next());
  if (!stored) return std::nullopt;
  log::Event event = THEATER_TRY(log::decode_event_in_place(stored->bytes));
  return std::optional(ReadEvent{std::move(event), stored->bytes, std::nullopt});
}

// `cursor` is that of the event; null for one that a chain in memory keeps.
Result<views::Json> value_of(views::ChainValues& values, const ReadEvent& read, const Hash& hash,
                             log::LogCursor* cursor) {
  views::Bodies bodies;
  size_t detached = cursor == nullptr ? 0 : log::count_detached(read.event.body);
  if (detached > 0) bodies = THEATER_TRY(cursor->bodies(detached));
  views::Json value =
      THEATER_TRY(values.event(read.bytes, hash, cursor == nullptr ? nullptr : &bodies));
  return std::move(value["event"]);
}

Result<Shown> show(views::ChainValues& values, const EventWish& wish, const ReadEvent& read,
                   log::LogCursor* cursor) {
  Shown shown{.value = {}, .is_last = read.is_last()};
  if (read.event.seq < wish.from) {
    THEATER_TRY_VOID(values.skip(read.bytes));
    return shown;
  }
  views::Json value = THEATER_TRY(value_of(values, read, read.hash(), cursor));
  if (is_wanted(wish, value["type"].get_ref<const std::string&>())) shown.value = std::move(value);
  return shown;
}

}  // namespace

// One client.
class EventFeed::Stream : public ClientStream {
 public:
  // `log` is the reader of the feed's streams, once there is one.
  Stream(Runtime& runtime, views::PayloadTypes& types, const Reader& log, EventTexts& texts,
         EventWish wish, EventWriter writer)
      : ClientStream(std::move(wish.client), std::move(writer)),
        runtime_(runtime),
        types_(types),
        log_(log),
        texts_(texts),
        wish_(std::move(wish)),
        values_(std::in_place, wish_.actor.to_string(), types, form_of(wish_)) {}

 private:
  Result<Next> send_new() override {
    auto status = runtime_.status(wish_.actor);
    if (status && status->events <= next_)
      return is_over_ || status->ended ? finish() : Next::kWait;
    if (!cursor_ && log_->find(wish_.actor) != nullptr)
      cursor_.emplace(log_->actor_cursor(wish_.actor));
    return cursor_ ? send_of_log() : send_of_memory();
  }

  // As show(), with the text of a stream that has shown the event before.
  Result<ShownText> show_text(const ReadEvent& read, log::LogCursor* cursor) {
    ShownText shown{.json = {}, .is_last = read.is_last()};
    if (read.event.seq < wish_.from) {
      THEATER_TRY_VOID(values_->skip(read.bytes));
      return shown;
    }
    Hash hash = read.hash();
    // The texts that streams share have values.
    bool is_shared = wish_.payloads == views::PayloadForm::kValues;
    const EventTexts::Text* known = is_shared ? texts_.find(hash, has_missed_) : nullptr;
    if (known != nullptr) {
      THEATER_TRY_VOID(values_->skip(read.bytes));
      if (is_wanted(wish_, known->type)) shown.json = known->json;
      return shown;
    }
    views::Json value = THEATER_TRY(value_of(*values_, read, hash, cursor));
    EventTexts::Text text{value["type"].get<std::string>(), json_line(value)};
    if (is_wanted(wish_, text.type)) shown.json = text.json;
    if (is_shared) texts_.put(hash, has_missed_, std::move(text));
    return shown;
  }

  Result<Next> send_of_log() {
    for (size_t count = 0; count < kEventsARound; ++count) {
      if (is_over_) return finish();
      std::optional<ReadEvent> read = THEATER_TRY(read_next(*cursor_));
      if (!read) return Next::kWait;
      ShownText shown = THEATER_TRY(show_text(*read, &*cursor_));
      is_over_ = shown.is_last;
      uint64_t seq = next_++;
      if (shown.json && !send("chain", seq, *std::move(shown.json))) return stuck();
    }
    return Next::kMore;
  }

  Result<Next> send_of_memory() {
    auto chain = runtime_.chain(wish_.actor, next_);
    if (!chain) return finish();
    uint64_t from = std::max(next_, wish_.from);
    if (next_ < chain->first_seq()) {
      has_missed_ = true;
      values_.emplace(wish_.actor.to_string(), types_, form_of(wish_), chain->functions_at_first());
    }
    if (from < chain->first_seq()) {
      uint64_t last = chain->first_seq() - 1;
      bool is_sent = send("gap", last, json_line({{"from", from}, {"to", last}}));
      next_ = chain->first_seq();
      if (!is_sent) return stuck();
    }
    // The newest event is there also if it was read before.
    for (uint64_t seq = std::max(next_, chain->first_seq()); seq < chain->end_seq(); ++seq) {
      log::Event event = THEATER_TRY(log::decode_event_in_place(chain->event(seq)));
      ShownText shown = THEATER_TRY(show_text(read_kept(std::move(event), *chain, seq), nullptr));
      is_over_ = shown.is_last;
      next_ = seq + 1;
      if (shown.json && !send("chain", seq, *std::move(shown.json))) return stuck();
    }
    next_ = std::max(next_, chain->end_seq());
    return is_over_ ? finish() : Next::kWait;
  }

  Runtime& runtime_;
  views::PayloadTypes& types_;
  const Reader& log_;
  EventTexts& texts_;
  const EventWish wish_;
  std::optional<views::ChainValues> values_;  // Always there; made again behind a gap.
  std::optional<log::LogCursor> cursor_;      // None for a chain that is not in the log.
  uint64_t next_ = 0;                         // Position of the next event to read.
  bool has_missed_ = false;                   // Events that were forgotten before they were read.
  bool is_over_ = false;
};

EventFeed::EventFeed(Runtime& runtime, const HandlerSet& handlers, std::filesystem::path log_folder)
    : runtime_(runtime),
      log_folder_(std::move(log_folder)),
      types_(handlers),
      pump_(
          "events",
          [this]() -> Result<void> {
            THEATER_TRY(find(stream_log_, ActorId{}));
            return {};
          },
          [this] { texts_.clear(); }) {}

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
  views::ChainValues values(wish.actor.to_string(), types_, form_of(wish));
  for (uint64_t seq = 0; page.events.size() < limit && !page.is_end; ++seq) {
    std::optional<ReadEvent> read = THEATER_TRY(read_next(cursor));
    if (!read) break;
    Shown shown = THEATER_TRY(show(values, wish, *read, &cursor));
    page.next = seq + 1;
    page.is_end = shown.is_last;
    if (shown.value) page.events.push_back(*std::move(shown.value));
  }
  return page;
}

Result<EventPage> EventFeed::read_memory(const EventWish& wish, size_t limit) {
  log::Chain chain = THEATER_TRY(runtime_.chain(wish.actor));
  EventPage page{.first = chain.first_seq(), .next = chain.first_seq()};
  views::ChainValues values(wish.actor.to_string(), types_, form_of(wish),
                            chain.functions_at_first());
  for (uint64_t seq = chain.first_seq(); seq < chain.end_seq(); ++seq) {
    if (page.events.size() == limit) break;
    page.next = seq + 1;
    log::Event event = THEATER_TRY(log::decode_event_in_place(chain.event(seq)));
    Shown shown = THEATER_TRY(show(values, wish, read_kept(std::move(event), chain, seq), nullptr));
    page.is_end = shown.is_last;
    if (shown.value) page.events.push_back(*std::move(shown.value));
  }
  return page;
}

void EventFeed::follow(EventWish wish, EventWriter writer) {
  pump_.add(std::make_shared<Stream>(runtime_, types_, stream_log_, texts_, std::move(wish),
                                     std::move(writer)));
}

}  // namespace theater::api
