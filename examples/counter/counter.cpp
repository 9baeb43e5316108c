// A counter. Messages change it, requests ask for it.
#include <theater/message_server.hpp>

#include <charconv>

using theater::Reply;
using theater::Result;
using theater::Status;

struct Counter {
  int64_t count = 0;
  THEATER_FIELDS(count)

  // People can read this state in the chain.
  using Codec = theater::JsonCodec;

  Status init(std::string_view) {
    theater::log("counting from " + std::to_string(count));
    return {};
  }

  // `inc`, or `add N`.
  Status handle_send(std::string_view message) {
    int64_t step = 0;
    if (message == "inc") {
      step = 1;
    } else if (message.starts_with("add ")) {
      step = THEATER_TRY(number(message.substr(4)));
    } else {
      return theater::fail("unknown message: " + std::string(message));
    }
    if (__builtin_add_overflow(count, step, &count)) return theater::fail("the counter is full");
    theater::log("count is " + std::to_string(count));
    return {};
  }

  // `get`.
  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "get") return std::to_string(count);
    return theater::fail("unknown request: " + std::string(message));
  }

  static Result<int64_t> number(std::string_view digits) {
    int64_t value = 0;
    const char* end = digits.data() + digits.size();
    auto [at, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || at != end)
      return theater::fail("no number: " + std::string(digits));
    return value;
  }
};

THEATER_ACTOR(Counter)
THEATER_MESSAGE_SERVER_CLIENT(Counter)
