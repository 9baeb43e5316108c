// Answers each request, and counts the letters that it does not need.
#include <theater/json.hpp>
#include <theater/message_server.hpp>

#include <string>

using theater::Reply;
using theater::Result;
using theater::Status;

struct Honest {
  int64_t letters = 0;
  THEATER_FIELDS(letters)
  using Codec = theater::JsonCodec;

  Status handle_send(std::string_view) {
    ++letters;
    return {};
  }
  Result<Reply> handle_request(std::string_view, std::string_view message) {
    return std::string(message) + ": done, with " + std::to_string(letters) + " letters in the way";
  }
};

THEATER_ACTOR(Honest)
THEATER_MESSAGE_SERVER_CLIENT(Honest)
