// Passes each request on to its till, which the runtime starts with the shop and restarts for it.
//
// There is nothing about restarts in here: the manifest has the rules.
#include <theater/message_server.hpp>
#include <theater/supervisor.hpp>

#include <string>

using theater::Reply;
using theater::Result;

struct Shop {
  Result<Reply> handle_request(std::string_view, std::string_view message) {
    Result<std::string> answer = theater::request(theater::list_children().at(0), message);
    if (answer) return *answer;
    return "the till is down: " + answer.error().substr(0, answer.error().find('\n'));
  }
};

THEATER_ACTOR(Shop)
THEATER_MESSAGE_SERVER_CLIENT(Shop)
