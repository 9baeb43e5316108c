#include "theater/views/chain_view.h"

#include "theater/base/printable.h"
#include "theater/views/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace theater::views {

namespace {

constexpr size_t kShortHashDigits = 12;

std::string short_text(const Hash& hash) {
  return hash.to_string().substr(0, kShortHashDigits);
}

}  // namespace

std::string ChainText::heading(uint64_t events, const Hash& head) {
  // The whole chain is aligned, not only one batch.
  seq_width_ = std::to_string(events).size();
  return fmt::format("chain of {}: {} events, head {}\n", escape_control(actor_), events,
                     head.to_string());
}

Result<std::string> ChainText::event(ByteView event, const Hash& hash, const Bodies* bodies) {
  EventView view = THEATER_TRY(reader_.view(event, hash, bodies));
  std::string payloads = payloads_text(view, form_.payloads, form_.length);
  view.event.event_type = escape_control(view.event.event_type);
  lines_.push_back({std::move(view.event), std::move(payloads)});
  return lines_.size() >= kBatchMax ? flush() : std::string();
}

std::string ChainText::flush() {
  for (const Line& line : lines_) {
    type_width_ = std::max(type_width_, line.event.event_type.size());
    seq_width_ = std::max(seq_width_, std::to_string(line.event.seq).size());
  }
  std::string text;
  for (const Line& line : lines_) {
    text += fmt::format("  {:>{}}  {}  {}  {:<{}}  {}{}\n", line.event.seq, seq_width_,
                        utc_text(line.event.time), short_text(line.event.hash),
                        line.event.event_type, type_width_, line.event.description, line.payloads);
  }
  lines_.clear();
  return text;
}

Result<Json> ChainValues::event(ByteView event, const Hash& hash, const Bodies* bodies) {
  EventView view = THEATER_TRY(reader_.view(event, hash, bodies));
  Json value = {{"actor", actor_}};
  value.update(event_json(view, form_.payloads));
  return Json{{"event", std::move(value)}};
}

}  // namespace theater::views
