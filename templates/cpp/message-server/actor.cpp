// Keeps a number, which messages change and requests ask for.
#include <theater/message_server.hpp>

#include <charconv>
#include <string>

using theater::Reply;
using theater::Result;
using theater::Status;

struct Actor {
  // What is named here is kept between calls.
  int64_t number = 0;
  THEATER_FIELDS(number)

  using Codec = theater::JsonCodec;

  // `add N`.
  Status handle_send(std::string_view message) {
    if (!message.starts_with("add ")) {
      return theater::fail("unknown message: " + std::string(message));
    }
    std::string_view digits = message.substr(4);
    int64_t step = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      return theater::fail("no number: " + std::string(digits));
    }
    if (__builtin_add_overflow(number, step, &number)) return theater::fail("that is too much");
    return {};
  }

  // `get`.
  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "get") return std::to_string(number);
    return theater::fail("unknown request: " + std::string(message));
  }
};

THEATER_ACTOR(Actor)
THEATER_MESSAGE_SERVER_CLIENT(Actor)
