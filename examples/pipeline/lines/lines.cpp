// First of four: takes a text and sends its lines on, one message a line.
#include <theater/message_server.hpp>

#include <string>

using theater::Status;

struct Lines {
  std::string next;
  THEATER_FIELDS(next)

  using Codec = theater::JsonCodec;

  Status handle_send(std::string_view text) {
    while (!text.empty()) {
      size_t end = text.find('\n');
      THEATER_TRY_VOID(theater::send(next, text.substr(0, end)));
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return {};
  }
};

THEATER_ACTOR(Lines)
THEATER_MESSAGE_SERVER_CLIENT(Lines)
