#include "theater/net/server_sent_events.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

bool has_any_of(std::string_view text, std::string_view bytes) {
  return text.find_first_of(bytes) != std::string_view::npos;
}

}  // namespace

Result<std::string> event_text(const ServerSentEvent& event) {
  if (has_any_of(event.id, std::string_view("\r\n\0", 3)))
    return fail(ErrorCode::kInvalidArgument, "the id of an event has a line break or a zero byte");
  if (has_any_of(event.name, "\r\n"))
    return fail(ErrorCode::kInvalidArgument, "the name of an event has a line break");
  std::string text;
  text.reserve(event.data.size() + event.id.size() + event.name.size() + 32);
  if (!event.id.empty()) text.append("id: ").append(event.id).append("\n");
  if (!event.name.empty()) text.append("event: ").append(event.name).append("\n");
  std::string_view rest = event.data;
  for (bool has_more = true; has_more;) {
    size_t end = rest.find_first_of("\r\n");
    text.append("data: ").append(rest.substr(0, end)).append("\n");
    has_more = end != std::string_view::npos;
    if (!has_more) break;
    bool is_pair = rest[end] == '\r' && end + 1 < rest.size() && rest[end + 1] == '\n';
    rest.remove_prefix(end + (is_pair ? 2 : 1));
  }
  return text.append("\n");
}

HttpAnswer event_stream_head() {
  return {200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}}, {}};
}

StreamOptions event_stream_options() {
  StreamOptions options;
  options.heartbeat = ":\n\n";
  return options;
}

WriteOutcome EventWriter::comment(std::string_view text) {
  std::string line = ":" + std::string(text);
  std::replace_if(
      line.begin(), line.end(), [](char byte) { return byte == '\r' || byte == '\n'; }, ' ');
  return body_.write(as_bytes(line.append("\n\n")));
}

Result<void> EventParser::feed(ByteView bytes, std::vector<ServerSentEvent>& out) {
  std::string_view rest = as_text(bytes);
  while (!rest.empty()) {
    if (std::exchange(after_cr_, false) && rest.front() == '\n') {
      rest.remove_prefix(1);
      continue;
    }
    size_t end = rest.find_first_of("\r\n");
    line_.append(rest.substr(0, end));
    if (line_.size() + event_.data.size() > kEventBytesMax) {
      return fail(ErrorCode::kResourceExhausted, "an event is larger than {} bytes",
                  kEventBytesMax);
    }
    if (end == std::string_view::npos) break;
    after_cr_ = rest[end] == '\r';
    rest.remove_prefix(end + 1);
    take_line(std::exchange(line_, {}), out);
  }
  return {};
}

void EventParser::take_line(std::string_view line, std::vector<ServerSentEvent>& out) {
  if (std::exchange(is_first_line_, false) && line.starts_with("\xef\xbb\xbf"))
    line.remove_prefix(3);
  if (line.empty()) {
    // The id stays for the events that follow; without data there is no event.
    if (has_data_) out.push_back(event_);
    event_.name.clear();
    event_.data.clear();
    has_data_ = false;
    return;
  }
  size_t colon = line.find(':');
  std::string_view field = line.substr(0, colon);
  std::string_view value =
      colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (std::exchange(has_data_, true)) event_.data += '\n';
    event_.data += value;
  } else if (field == "event") {
    event_.name = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    event_.id = value;
  }
}

}  // namespace theater
