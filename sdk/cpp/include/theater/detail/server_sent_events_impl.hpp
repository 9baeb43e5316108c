// The rules of server_sent_events.hpp.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater {

inline Status ServerSentEventParser::feed(std::string_view piece,
                                          std::vector<ServerSentEvent>& events,
                                          const ServerSentEventBounds& bounds) {
  std::string text;
  decoder_.decode(piece, text);
  std::string_view rest = text;
  if (!has_begun_ && !rest.empty()) {
    has_begun_ = true;
    if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  }
  while (!rest.empty()) {
    if (std::exchange(after_cr_, false) && rest.front() == '\n') {
      rest.remove_prefix(1);
      continue;
    }
    size_t end = rest.find_first_of("\r\n");
    bool is_whole = end != rest.npos;
    bool fits = take_characters(rest.substr(0, end), bounds.line_bytes_max) &&
                (!is_whole || take_line(events, bounds.data_bytes_max));
    if (!fits) {
      *this = {};
      return fail("a server-sent event has a line of more than " +
                  std::to_string(bounds.line_bytes_max) + " bytes, or more than " +
                  std::to_string(bounds.data_bytes_max) + " bytes of data");
    }
    if (!is_whole) break;
    after_cr_ = rest[end] == '\r';
    rest.remove_prefix(end + 1);
  }
  return {};
}

inline bool ServerSentEventParser::take_characters(std::string_view characters, size_t bytes_max) {
  bool is_comment = (line_.empty() ? characters : line_).starts_with(':');
  if (is_comment) {
    // Its colon is enough to know it by.
    line_ = ':';
    return true;
  }
  if (line_.size() + characters.size() > bytes_max) return false;
  line_ += characters;
  return true;
}

inline bool ServerSentEventParser::take_line(std::vector<ServerSentEvent>& events,
                                             size_t data_bytes_max) {
  std::string line = std::exchange(line_, std::string());
  if (line.empty()) {
    dispatch(events);
    return true;
  }
  std::string_view name = line;
  std::string_view value;
  if (size_t colon = line.find(':'); colon != line.npos) {
    value = name.substr(colon + 1);
    name = name.substr(0, colon);
    if (value.starts_with(' ')) value.remove_prefix(1);
  }
  return take_field(name, value, data_bytes_max);
}

inline bool ServerSentEventParser::take_field(std::string_view name, std::string_view value,
                                              size_t data_bytes_max) {
  if (name == "data") {
    if (data_.size() + value.size() + 1 > data_bytes_max) return false;
    data_ += value;
    data_ += '\n';
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (value.find('\0') == value.npos) id_ = value;
  } else if (name == "retry") {
    take_retry(value);
  }
  return true;
}

inline void ServerSentEventParser::take_retry(std::string_view value) {
  uint64_t number = 0;
  const char* end = value.data() + value.size();
  auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error == std::errc() && stop == end) retry_ms_ = number;
}

inline void ServerSentEventParser::dispatch(std::vector<ServerSentEvent>& events) {
  std::string type = std::exchange(type_, std::string());
  std::string data = std::exchange(data_, std::string());
  last_id_ = id_;
  if (data.empty()) return;
  data.pop_back();
  if (type.empty()) type = "message";
  events.push_back({std::move(type), std::move(data), id_});
}

}  // namespace theater
