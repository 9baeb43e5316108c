#include "theater/cli/commands/event_lines.h"

#include "theater/base/utf8.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/terminal/screen.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace theater::cli {

namespace {

using views::Json;

constexpr size_t kShortDigits = 12;
// Of each value; `--json` has all of it.
constexpr size_t kShownBytesMax = 100;

// An event stands alone, or as the member `event` of an object.
const Json& inner(const Json& event) {
  auto found = event.find("event");
  return found != event.end() && found->is_object() ? *found : event;
}

// What crossed the sandbox wall, as `theater log show` writes it: a result follows `->`.
std::string payload_text(const Json& event) {
  auto payloads = event.find("payloads");
  if (payloads == event.end() || !payloads->is_array()) return {};
  std::string text;
  for (const Json& payload : *payloads) {
    if (!payload.is_object()) continue;
    auto value = payload.find("value");
    if (value == payload.end()) value = payload.find("raw");
    if (value == payload.end()) continue;
    std::string part = member_text(payload, "part", "");
    text += part == "arguments" ? " " : part == "result" ? " -> " : fmt::format(" {} ", part);
    text += shortened(value->dump(-1, ' ', false, Json::error_handler_t::replace), kShownBytesMax);
  }
  return printable(text);
}

}  // namespace

void EventPrinter::widen(const Json& event) {
  position_width_ = std::max(position_width_, text_width(printable(member_text(event, "seq"))));
  type_width_ = std::max(type_width_, text_width(printable(member_text(event, "type"))));
}

std::string EventPrinter::line_of(const Json& event) {
  std::string position = printable(member_text(event, "seq"));
  std::string type = printable(member_text(event, "type"));
  std::string line = fmt::format("{:>{}}  {}  {}  ", position, position_width_,
                                 printable(member_text(event, "time")),
                                 printable(member_text(event, "hash").substr(0, kShortDigits)));
  line += type + std::string(type_width_ - text_width(type), ' ');
  std::string description = printable(member_text(event, "description", ""));
  if (!description.empty()) line += "  " + description;
  return line + payload_text(event);
}

void EventPrinter::print(const Json& event) {
  ++printed_;
  if (form_ == EventForm::kJson) return output_.json({{"event", inner(event)}});
  // The lines of a stream come one by one, so that each can only follow those before it.
  widen(inner(event));
  output_.line(line_of(inner(event)));
}

void EventPrinter::print_page(const Json& events) {
  for (const Json& event : events)
    widen(inner(event));
  for (const Json& event : events)
    print(event);
}

void EventPrinter::print_gap(const Json& gap) {
  if (form_ == EventForm::kJson) output_.json({{"gap", gap}});
  print_warning(
      fmt::format("events {} to {} are left out, because they came faster than they were "
                  "read; `theater events --from` shows them",
                  member_text(gap, "from"), member_text(gap, "to")));
}

Result<void> print_stream(api::EventStream& stream, std::optional<uint64_t> limit,
                          EventPrinter& printer, const Output& output) {
  while ((!limit || printer.printed() < *limit) && !output.broken()) {
    std::optional<api::StreamedEvent> event = THEATER_TRY(stream.next());
    if (!event) return {};
    Json value = Json::parse(event->data, nullptr, false);
    if (!value.is_object())
      return fail(ErrorCode::kCorrupt, "the server sent an event that is none");
    if (event->name == "gap") {
      printer.print_gap(value);
    } else if (event->name == "chain" || event->name.empty()) {
      printer.print(value);
    }
  }
  return {};
}

}  // namespace theater::cli
