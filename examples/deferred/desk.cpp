// A desk with a queue: a caller that requests `service` waits for its turn.
//
// The actor keeps no list of callers: the requests that it has taken and not answered are its
// queue, oldest first. `next` serves the first, `close` sends the others away.
#include <theater/message_server.hpp>

#include <string>

using theater::Reply;
using theater::Result;
using theater::Status;

struct Desk {
  int64_t served = 0;
  THEATER_FIELDS(served)

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "service") return theater::later;
    if (message == "waiting") {
      // This request is open, too, until it is answered.
      return std::to_string(theater::list_outstanding_requests().size() - 1) + " waiting";
    }
    return theater::fail("ask for `service` or `waiting`, not for " + std::string(message));
  }

  Status handle_send(std::string_view message) {
    if (message == "next") return serve_next();
    if (message == "close") return close();
    return theater::fail("say `next` or `close`, not " + std::string(message));
  }

  Status serve_next() {
    auto queue = theater::list_outstanding_requests();
    if (queue.empty()) return theater::fail("no caller is waiting");
    ++served;
    return theater::respond_to_request(queue.front(), "you are number " + std::to_string(served));
  }

  Status close() {
    for (const std::string& request : theater::list_outstanding_requests()) {
      THEATER_TRY_VOID(theater::cancel_request(request));
    }
    return {};
  }
};

THEATER_ACTOR(Desk)
THEATER_MESSAGE_SERVER_CLIENT(Desk)
