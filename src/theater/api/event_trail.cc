#include "theater/api/event_trail.h"

#include "theater/api/stream_pump.h"
#include "theater/net/server_sent_events.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace theater::api {

namespace {

// Events that a text has or leaves out, at most.
constexpr size_t kEventsAText = 1'000;

}  // namespace

std::shared_ptr<const log::Chain> TrailSources::chain(const ActorId& actor, uint64_t since) {
  std::shared_ptr<const log::Chain>& kept = chains_[actor];
  if (kept != nullptr && kept->first_seq() <= since) return kept;
  auto found = runtime_.chain(actor, since);
  // Shared with no thread; the trails of one actor read it one after the other.
  kept = found ? std::make_shared<const log::Chain>(*std::move(found)) : nullptr;
  return kept;
}

EventTrail::EventTrail(TrailSources& sources, EventChoice choice)
    : sources_(sources),
      choice_(std::move(choice)),
      values_(std::in_place, choice_.actor.to_string(), sources.types(), choice_.form()) {}

EventTrail::EventTrail(const EventTrail& other)
    : sources_(other.sources_),
      choice_(other.choice_),
      values_(other.values_),
      from_(other.from_),
      next_(other.next_),
      has_missed_(other.has_missed_),
      is_over_(other.is_over_) {}

std::unique_ptr<StreamTrail> EventTrail::copy() const {
  return std::unique_ptr<StreamTrail>(
      new EventTrail(*this));  // tidy: owned by the unique_ptr around it
}

bool EventTrail::knows_more_than(const StreamTrail& other) const {
  return !has_missed_ && static_cast<const EventTrail&>(other).has_missed_;
}

bool EventTrail::may_have_more() {
  if (is_over_) return true;
  auto status = sources_.runtime().status(choice_.actor);
  return !status || status->events > next_ || status->ended;
}

Result<StreamPiece> EventTrail::read(uint64_t until) {
  StreamPiece piece{.from = next_};
  auto status = sources_.runtime().status(choice_.actor);
  if (is_over_ || (status && status->events <= next_)) {
    bool is_over = is_over_ || status->ended;
    piece.next = is_over ? StreamPiece::Next::kOver : StreamPiece::Next::kWait;
  } else {
    const log::LogReader& log = *sources_.log();
    if (!cursor_ && log.find(choice_.actor) != nullptr)
      cursor_.emplace(log.actor_cursor(choice_.actor, next_));
    Text text;
    piece.next = THEATER_TRY(cursor_ ? read_log(text, until) : read_memory(text, until));
    if (!text.events.empty()) piece.text = std::make_shared<const Bytes>(std::move(text.events));
  }
  piece.to = next_;
  return piece;
}

bool EventTrail::is_full(const Text& text, uint64_t until) const {
  return text.events.size() >= kTextBytes || text.count >= kEventsAText || next_ >= until;
}

Result<StreamPiece::Next> EventTrail::read_log(Text& text, uint64_t until) {
  using Next = StreamPiece::Next;
  while (!is_full(text, until)) {
    if (is_over_) return Next::kOver;
    std::optional<ReadEvent> read = THEATER_TRY(read_next(*cursor_));
    if (!read) return Next::kWait;
    THEATER_TRY_VOID(add(text, *read, next_, &*cursor_));
    ++next_;
  }
  return is_over_ ? Next::kOver : Next::kMore;
}

Result<StreamPiece::Next> EventTrail::read_memory(Text& text, uint64_t until) {
  using Next = StreamPiece::Next;
  auto chain = sources_.chain(choice_.actor, next_);
  if (chain == nullptr) return Next::kOver;
  THEATER_TRY_VOID(pass_gap(text, *chain));
  while (!is_full(text, until) && next_ < chain->end_seq()) {
    ReadEvent read = THEATER_TRY(read_kept(*chain, next_));
    THEATER_TRY_VOID(add(text, read, next_, nullptr));
    ++next_;
  }
  if (is_over_) return Next::kOver;
  return next_ < chain->end_seq() ? Next::kMore : Next::kWait;
}

// Says which events the actor has forgotten, if it has.
Result<void> EventTrail::pass_gap(Text& text, const log::Chain& chain) {
  uint64_t first = chain.first_seq();
  if (next_ >= first) return {};
  has_missed_ = true;
  values_.emplace(choice_.actor.to_string(), sources_.types(), choice_.form(),
                  chain.functions_at_first());
  uint64_t from = std::max(next_, from_);
  if (from < first) {
    views::Json gap = {{"from", from}, {"to", first - 1}};
    std::string event = THEATER_TRY(event_text({std::to_string(first - 1), "gap", json_line(gap)}));
    append(text.events, as_bytes(event));
    ++text.count;
  }
  next_ = first;
  return {};
}

Result<void> EventTrail::add(Text& text, const ReadEvent& read, uint64_t seq,
                             log::LogCursor* cursor) {
  is_over_ = read.is_last();
  ++text.count;
  if (seq < from_) return values_->skip(read.bytes);
  Hash hash = read.hash();
  // The texts that others use again have values.
  bool is_kept = choice_.payloads == views::PayloadForm::kValues;
  EventTexts& texts = sources_.texts();
  if (const EventTexts::Text* known = is_kept ? texts.find(hash, has_missed_) : nullptr) {
    THEATER_TRY_VOID(values_->skip(read.bytes));
    if (choice_.wants(known->type)) append(text.events, as_bytes(known->text));
    return {};
  }
  views::Json value = THEATER_TRY(value_of(*values_, read, hash, cursor));
  std::string type = value["type"].get<std::string>();
  std::string event = THEATER_TRY(event_text({std::to_string(seq), "chain", json_line(value)}));
  EventTexts::Text made{std::move(type), std::move(event)};
  if (choice_.wants(made.type)) append(text.events, as_bytes(made.text));
  if (is_kept) texts.put(hash, has_missed_, std::move(made));
  return {};
}

}  // namespace theater::api
