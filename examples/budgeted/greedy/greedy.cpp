// Writes to whomever it is told of until it is stopped, and says what stopped it.
#include <theater/message_server.hpp>

#include <string>

using theater::Reply;
using theater::Result;

struct Greedy {
  Result<Reply> handle_request(std::string_view, std::string_view victim) {
    for (int sent = 0;; ++sent) {
      if (auto done = theater::send(victim, "me again"); !done) {
        return std::to_string(sent) + " letters, then " +
               done.error().substr(0, done.error().find(" of actor"));
      }
    }
  }
};

THEATER_ACTOR(Greedy)
THEATER_MESSAGE_SERVER_CLIENT(Greedy)
