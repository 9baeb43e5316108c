// Counts what was paid: `sell 5`, `total`, and `split 3`, which is each one's share of a bill for
// three.
//
// A bill for zero people is a division by zero, which the author forgot.
#include <theater/json.hpp>
#include <theater/message_server.hpp>

#include <charconv>
#include <string>

using theater::Reply;
using theater::Result;

struct Till {
  int64_t total = 0;
  THEATER_FIELDS(total)
  using Codec = theater::JsonCodec;

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "total") return std::to_string(total);
    bool sells = message.starts_with("sell ");
    bool splits = message.starts_with("split ");
    if (!sells && !splits) return theater::fail("unknown request: " + std::string(message));
    std::string_view text = message.substr(message.find(' ') + 1);
    int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
      return theater::fail("no number: " + std::string(text));
    }
    if (splits) return std::to_string(total / number);
    total += number;
    return std::to_string(total);
  }
};

THEATER_ACTOR(Till)
THEATER_MESSAGE_SERVER_CLIENT(Till)
