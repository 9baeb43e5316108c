#include "theater/cli/commands/event_lines.h"

#include "theater/base/utf8.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/terminal/screen.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace theater::cli {

namespace {

using views::Json;

constexpr size_t kShortDigits = 12;
// Of each value, unless all of it is wanted.
constexpr size_t kShownBytesMax = 100;
// In place of the hash of the event before the first one.
constexpr std::string_view kNoParent = "0000000000000000";

std::string without_line_end(std::string text) {
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

// An event stands alone, or as the member `event` of an object.
const Json& inner(const Json& event) {
  auto found = event.find("event");
  return found != event.end() && found->is_object() ? *found : event;
}

// Calls `take` with the part and the text of each value that crossed the sandbox wall.
template <class Take>
void for_each_value(const Json& event, const Take& take) {
  auto payloads = event.find("payloads");
  if (payloads == event.end() || !payloads->is_array()) return;
  for (const Json& payload : *payloads) {
    if (!payload.is_object()) continue;
    std::string part = member_text(payload, "part", "");
    auto value = payload.find("value");
    if (value == payload.end()) value = payload.find("raw");
    if (value == payload.end()) continue;
    auto hex = value->is_object() ? value->find("hex") : value->end();
    bool is_hex = payload.contains("raw") && value->is_object() && hex != value->end();
    take(part, is_hex ? member_text(*value, "hex")
                      : value->dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

// The structured text of the reference: lines without labels, and then the data.
std::string detailed_text(const Json& event) {
  auto line = [](std::string text) { return printable(text) + "\n"; };
  std::string text = line("EVENT 0x" + member_text(event, "hash"));
  text += line("0x" + member_text(event, "parent", kNoParent));
  for (const char* name : {"type", "time", "description"})
    text += line(member_text(event, name, ""));
  text += fmt::format("{}\n\n", event_size(event));
  for_each_value(event, [&](const std::string& part, const std::string& value) {
    text += line(part + " " + value);
  });
  return text;
}

// A field of a row: in quotes if it needs them.
std::string field(std::string text) {
  text = printable(text);
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

// As `theater log show` writes it: a result follows `->`.
std::string EventPrinter::payload_text(const Json& event) const {
  std::string text;
  for_each_value(event, [&](const std::string& part, std::string value) {
    text += part == "arguments" ? " " : part == "result" ? " -> " : fmt::format(" {} ", part);
    text += length_ == ValueLength::kFull ? value : shortened(std::move(value), kShownBytesMax);
  });
  return printable(text);
}

void EventPrinter::widen(const Json& event) {
  position_width_ = std::max(position_width_, text_width(printable(member_text(event, "seq"))));
  type_width_ = std::max(type_width_, text_width(printable(member_text(event, "type"))));
}

std::string EventPrinter::compact_line_of(const Json& event) const {
  std::string type = member_text(event, "type");
  size_t slash = type.rfind('/');
  if (slash != std::string::npos) type = type.substr(slash + 1);
  return fmt::format("{:>{}}  {}", printable(member_text(event, "seq")), position_width_,
                     printable(type)) +
         payload_text(event);
}

std::string EventPrinter::row_of(const Json& event) const {
  std::string row;
  for (const char* name : {"seq", "time", "type", "hash", "parent"})
    row += field(member_text(event, name, "")) + ",";
  return row + fmt::format("{},", event_size(event)) + field(member_text(event, "description", ""));
}

std::string EventPrinter::line_of(const Json& event) const {
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
  bool is_first = printed_++ == 0;
  // The lines of a stream come one by one, so that each can only follow those before it.
  widen(inner(event));
  switch (form_) {
    case EventForm::kPretty:
      return output_.line(line_of(inner(event)));
    case EventForm::kCompact:
      return output_.line(compact_line_of(inner(event)));
    case EventForm::kDetailed:
      return output_.line((is_first ? "" : "\n") + without_line_end(detailed_text(inner(event))));
    case EventForm::kJson:
      return output_.json({{"event", inner(event)}});
    case EventForm::kCsv:
      if (is_first) output_.line("position,time,type,hash,parent,size,description");
      return output_.line(row_of(inner(event)));
  }
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
                  "read; `theater events --from {}` shows them",
                  member_text(gap, "from"), member_text(gap, "to"), member_text(gap, "from")));
}

Result<void> print_stream(api::EventStream& stream, const EventFilter& filter,
                          std::optional<uint64_t> limit, EventPrinter& printer,
                          const Output& output) {
  while ((!limit || printer.printed() < *limit) && !output.broken()) {
    std::optional<api::StreamedEvent> event = THEATER_TRY(stream.next());
    if (!event) return {};
    Json value = Json::parse(event->data, nullptr, false);
    if (!value.is_object())
      return fail(ErrorCode::kCorrupt, "the server sent an event that is none");
    if (event->name == "gap") {
      printer.print_gap(value);
    } else if ((event->name == "chain" || event->name.empty()) && filter.passes(inner(value))) {
      printer.print(value);
    }
  }
  return {};
}

}  // namespace theater::cli
