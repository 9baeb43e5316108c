#include "theater/api/event_feed.h"

#include "theater/views/chain_view.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace theater::api {

namespace {

// An event as a value, if its type is wanted.
struct Shown {
  std::optional<views::Json> value;
  bool is_last = false;  // Of its chain.
};

Result<Shown> show(views::ChainValues& values, const EventWish& wish, const ReadEvent& read,
                   log::LogCursor* cursor) {
  Shown shown{.value = {}, .is_last = read.is_last()};
  if (read.event.seq < wish.from) {
    THEATER_TRY_VOID(values.skip(read.bytes));
    return shown;
  }
  views::Json value = THEATER_TRY(value_of(values, read, read.hash(), cursor));
  if (wish.events.wants(value["type"].get_ref<const std::string&>()))
    shown.value = std::move(value);
  return shown;
}

// Streams of equal subjects show the same.
std::string subject_of(const EventChoice& choice) {
  bool is_raw = choice.payloads == views::PayloadForm::kBytes;
  return choice.actor.to_string() + (is_raw ? " raw " : " ") + choice.type;
}

}  // namespace

EventFeed::EventFeed(Runtime& runtime, const HandlerSet& handlers, std::filesystem::path log_folder)
    : runtime_(runtime),
      log_folder_(std::move(log_folder)),
      types_(handlers),
      sources_(runtime, types_),
      pump_(
          "events",
          [this]() -> Result<void> {
            sources_.forget_chains();
            THEATER_TRY(find(sources_.log(), ActorId{}));
            return {};
          },
          [this] {
            sources_.forget_chains();
            sources_.texts().clear();
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
    if (THEATER_TRY(find(pages, wish.events.actor))) return read_log(*pages, wish, limit);
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
  log::LogCursor cursor = reader.actor_cursor(wish.events.actor);
  views::ChainValues values(wish.events.actor.to_string(), types_, wish.events.form());
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
  log::Chain chain = THEATER_TRY(runtime_.chain(wish.events.actor));
  EventPage page{.first = chain.first_seq(), .next = chain.first_seq()};
  views::ChainValues values(wish.events.actor.to_string(), types_, wish.events.form(),
                            chain.functions_at_first());
  for (uint64_t seq = chain.first_seq(); seq < chain.end_seq(); ++seq) {
    if (page.events.size() == limit) break;
    page.next = seq + 1;
    ReadEvent read = THEATER_TRY(read_kept(chain, seq));
    Shown shown = THEATER_TRY(show(values, wish, read, nullptr));
    page.is_end = shown.is_last;
    if (shown.value) page.events.push_back(*std::move(shown.value));
  }
  return page;
}

void EventFeed::follow(EventWish wish, EventWriter writer) {
  std::string subject = subject_of(wish.events);
  auto trail = std::make_unique<EventTrail>(sources_, std::move(wish.events));
  pump_.add(std::move(subject), std::move(trail), wish.from, std::move(wish.client),
            std::move(writer));
}

}  // namespace theater::api
