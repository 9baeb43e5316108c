#include "theater/api/event_feed.h"

#include "theater/base/log.h"
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

// One client. Only the feed's thread uses it.
class EventFeed::Stream {
 public:
  Stream(Runtime& runtime, views::PayloadTypes& types, EventWish wish, EventWriter writer)
      : runtime_(runtime),
        types_(types),
        wish_(std::move(wish)),
        writer_(std::move(writer)),
        values_(wish_.actor.to_string(), types) {}

  enum class Next : uint8_t { kWait, kMore, kOver };

  // Sends what there is, up to a bound.
  Result<Next> pump(const log::LogReader* reader) {
    if (!may_read()) return finish();
    if (!is_sent()) return outcome_ == WriteOutcome::kClosed ? Next::kOver : Next::kWait;
    auto status = runtime_.status(wish_.actor);
    if (status && status->events <= next_)
      return is_over_ || status->ended ? finish() : Next::kWait;
    if (!cursor_ && reader != nullptr && reader->find(wish_.actor) != nullptr)
      cursor_.emplace(reader->actor_cursor(wish_.actor));
    return cursor_ ? pump_log() : pump_memory();
  }

  void finish_stream() { writer_.finish(); }

 private:
  Next finish() {
    writer_.finish();
    return Next::kOver;
  }

  bool may_read() {
    auto now = std::chrono::steady_clock::now();
    if (!wish_.holds || now - asked_ < kHoldsPeriod) return true;
    asked_ = now;
    return wish_.holds();
  }

  // Whether all that was made has been taken. Tries again.
  bool is_sent() {
    if (!waiting_) return outcome_ != WriteOutcome::kClosed;
    auto sent = writer_.send(*waiting_);
    outcome_ = sent ? *sent : WriteOutcome::kClosed;
    if (outcome_ == WriteOutcome::kTaken) waiting_.reset();
    return outcome_ == WriteOutcome::kTaken;
  }

  bool send(const char* name, uint64_t id, const views::Json& value) {
    std::string text = value.dump(-1, ' ', false, views::Json::error_handler_t::replace);
    waiting_ = ServerSentEvent{std::to_string(id), name, std::move(text)};
    return is_sent();
  }

  // What a client that takes no more leads to.
  Next stuck() const { return outcome_ == WriteOutcome::kClosed ? Next::kOver : Next::kWait; }

  Result<Next> pump_log() {
    for (size_t read = 0; read < kEventsARound; ++read) {
      if (is_over_) return finish();
      std::optional<Shown> shown = THEATER_TRY(next_shown(*cursor_, values_, wish_));
      if (!shown) return Next::kWait;
      is_over_ = shown->is_last;
      uint64_t seq = next_++;
      if (shown->value && !send("chain", seq, *shown->value)) return stuck();
    }
    return Next::kMore;
  }

  Result<Next> pump_memory() {
    auto chain = runtime_.chain(wish_.actor);
    if (!chain) return finish();
    uint64_t from = std::max(next_, wish_.from);
    if (from < chain->first_seq()) {
      uint64_t last = chain->first_seq() - 1;
      bool is_sent = send("gap", last, {{"from", from}, {"to", last}});
      next_ = chain->first_seq();
      if (!is_sent) return stuck();
    }
    views::ChainValues values(wish_.actor.to_string(), types_, {}, chain->functions_at_first());
    for (uint64_t seq = chain->first_seq(); seq < chain->end_seq(); ++seq) {
      if (seq < next_) {
        THEATER_TRY_VOID(values.skip(chain->event(seq)));
        continue;
      }
      Shown shown = THEATER_TRY(show_kept(*chain, seq, values, wish_));
      is_over_ = shown.is_last;
      next_ = seq + 1;
      if (shown.value && !send("chain", seq, *shown.value)) return stuck();
    }
    next_ = std::max(next_, chain->end_seq());
    return is_over_ ? finish() : Next::kWait;
  }

  Runtime& runtime_;
  views::PayloadTypes& types_;
  const EventWish wish_;
  EventWriter writer_;
  views::ChainValues values_;
  std::optional<log::LogCursor> cursor_;  // None for a chain that is not in the log.
  uint64_t next_ = 0;                     // Position of the next event to read.
  std::optional<ServerSentEvent> waiting_;
  WriteOutcome outcome_ = WriteOutcome::kTaken;
  bool is_over_ = false;
  std::chrono::steady_clock::time_point asked_{};  // When the client's right was looked at.
};

EventFeed::EventFeed(Runtime& runtime, const HandlerSet& handlers, std::filesystem::path log_folder)
    : runtime_(runtime),
      log_folder_(std::move(log_folder)),
      types_(handlers),
      thread_([this] { work(); }) {}

EventFeed::~EventFeed() {
  stop();
}

void EventFeed::stop() {
  state_.with([](State& state) { state.stopping = true; });
  state_.notify_all();
  if (thread_.joinable()) thread_.join();
}

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

void EventFeed::follow(const EventWish& wish, EventWriter writer) {
  auto stream = std::make_shared<Stream>(runtime_, types_, wish, std::move(writer));
  bool is_taken = state_.with([&](State& state) {
    if (state.stopping || state.streams.size() >= kStreamsMax) return false;
    state.streams.push_back(stream);
    return true;
  });
  if (is_taken) {
    state_.notify_all();
  } else {
    stream->finish_stream();
  }
}

void EventFeed::work() {
  using Streams = std::vector<std::shared_ptr<Stream>>;
  bool has_more = false;
  while (true) {
    auto period = has_more ? std::chrono::milliseconds(0) : kPollPeriod;
    // Without a client it waits for one.
    auto [streams, is_over] = state_.wait_for(
        period, [](const State& state) { return state.stopping; },
        [](const State& state) { return std::pair<Streams, bool>(state.streams, state.stopping); });
    if (is_over) break;
    has_more = false;
    if (streams.empty()) {
      state_.wait([](const State& state) { return state.stopping || !state.streams.empty(); },
                  [](const State&) {});
      continue;
    }
    // A log that cannot be read now may be readable later; a stream of it waits.
    auto opened = find(stream_log_, ActorId{});
    if (!opened) {
      log_line(LogLevel::kWarn, {.actor = {}, .part = "api"}, "streams of events wait: {}",
               opened.error().to_string());
      continue;
    }
    for (const auto& stream : streams) {
      auto next = stream->pump(stream_log_.get());
      if (!next) {
        log_line(LogLevel::kWarn, {.actor = {}, .part = "api"}, "a stream of events ends: {}",
                 next.error().to_string());
      }
      if (next && *next == Stream::Next::kMore) has_more = true;
      if (next && *next != Stream::Next::kOver) continue;
      state_.with([&](State& state) { std::erase(state.streams, stream); });
    }
  }
  for (const auto& stream : state_.with([](State& state) { return std::move(state.streams); }))
    stream->finish_stream();
}

}  // namespace theater::api
