#include "theater/views/chain_view.h"

#include "theater/base/printable.h"
#include "theater/views/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace theater::views {

namespace {

constexpr size_t kShortHashDigits = 12;
constexpr size_t kDayLength = std::string_view("2026-01-01").size();
constexpr size_t kClockLength = std::string_view("00:00:00.000").size();

std::string short_text(const Hash& hash) {
  return hash.to_string().substr(0, kShortHashDigits);
}

// Red for what failed, and a colour each for calls into the guest, for messages to other actors,
// and for what the node does. What the guest asks of its node has none.
std::string_view colour_of(const EventView& view) {
  auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), view.body) != names.end();
  };
  bool has_error = std::any_of(view.payloads.begin(), view.payloads.end(),
                               [](const PayloadView& one) { return one.part == "error"; });
  if (has_error || is_one_of({log::Refused::kCaseName, log::Failed::kCaseName})) return "31";
  if (is_one_of({log::Call::kCaseName, log::Returned::kCaseName})) return "36";
  if (is_one_of({log::Sent::kCaseName, log::Answered::kCaseName})) return "35";
  bool is_of_guest = is_one_of({log::Host::kCaseName, log::Note::kCaseName, log::Intent::kCaseName,
                                log::Outcome::kCaseName});
  return is_of_guest ? "" : "2";
}

}  // namespace

std::string ChainText::heading(uint64_t events, const Hash& head) {
  // The whole chain is aligned, not only one batch.
  seq_width_ = std::to_string(events).size();
  std::string line =
      fmt::format("chain of {}: {}, head {}", escape_control(actor_), counted(events, "event"),
                  is_narrow() ? short_text(head) : head.to_string());
  return fitted(std::move(line), form_.columns) + "\n";
}

Result<std::string> ChainText::event(ByteView event, const Hash& hash, const Bodies* bodies) {
  EventView view = THEATER_TRY(reader_.view(event, hash, bodies));
  std::string payloads = payloads_text(view, form_.payloads, form_.length);
  std::string& type = view.event.event_type;
  if (is_narrow()) type = type.substr(type.rfind('/') + 1);
  type = escape_control(type);
  lines_.push_back({std::move(view.event), std::move(payloads), colour_of(view)});
  return lines_.size() >= kBatchMax ? flush() : std::string();
}

std::string ChainText::flush() {
  for (const Line& line : lines_) {
    type_width_ = std::max(type_width_, line.event.event_type.size());
    seq_width_ = std::max(seq_width_, std::to_string(line.event.seq).size());
  }
  std::string text;
  for (const Line& line : lines_)
    text += day_of(line) + text_of(line) + "\n";
  lines_.clear();
  return text;
}

std::string ChainText::day_of(const Line& line) {
  if (!is_narrow()) return {};
  std::string day = utc_text(line.event.time).substr(0, kDayLength);
  if (day == day_) return {};
  day_ = day;
  return fitted(fmt::format("  {} (UTC)", day), form_.columns) + "\n";
}

std::string ChainText::place_of(const Line& line) const {
  std::string time = utc_text(line.event.time);
  if (is_narrow()) {
    return fmt::format("  {:>{}}  {}  ", line.event.seq, seq_width_,
                       time.substr(kDayLength + 1, kClockLength));
  }
  return fmt::format("  {:>{}}  {}  {}  ", line.event.seq, seq_width_, time,
                     short_text(line.event.hash));
}

std::string ChainText::rest_of(const Line& line) const {
  return fmt::format("{:<{}}  {}{}", line.event.event_type, type_width_,
                     escape_control(line.event.description), line.payloads);
}

std::string ChainText::text_of(const Line& line) const {
  std::string place = place_of(line);
  std::string text = fitted(place + rest_of(line), form_.columns);
  if (!form_.has_colours || line.colour.empty() || !text.starts_with(place)) return text;
  // A type that is cut has its colour up to there.
  size_t end = std::min(text.find("…", place.size()), text.size());
  size_t type = std::min(line.event.event_type.size(), end - place.size());
  return fmt::format("{}\x1b[{}m{}\x1b[0m{}", place, line.colour, text.substr(place.size(), type),
                     text.substr(place.size() + type));
}

Result<Json> ChainValues::event(ByteView event, const Hash& hash, const Bodies* bodies) {
  EventView view = THEATER_TRY(reader_.view(event, hash, bodies));
  Json value = {{"actor", actor_}};
  value.update(event_json(view, form_.payloads));
  return Json{{"event", std::move(value)}};
}

}  // namespace theater::views
