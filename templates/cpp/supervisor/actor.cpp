// Looks after a worker, which its manifest declares, and hands on to it what it is sent.
#include <theater/message_server.hpp>
#include <theater/supervisor.hpp>

#include <string>
#include <vector>

using theater::ActorError;
using theater::Reply;
using theater::Result;
using theater::Status;

struct Actor {
  uint32_t failures = 0;
  THEATER_FIELDS(failures)

  using Codec = theater::JsonCodec;

  Status handle_send(std::string_view message) {
    return theater::send(THEATER_TRY(worker()), message);
  }

  // `failures`; the rest is the worker's.
  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "failures") return std::to_string(failures);
    return THEATER_TRY(theater::request(THEATER_TRY(worker()), message));
  }

  // The worker was lost; the runtime restarts it.
  Status handle_child_error(std::string_view id, const ActorError& error) {
    ++failures;
    theater::log(std::string(id) + " failed: " + std::string(error.data.value_or("")));
    return {};
  }

  static Result<std::string> worker() {
    std::vector<std::string> children = theater::list_children();
    if (children.empty()) return theater::fail("there is no worker");
    return children.front();
  }
};

THEATER_ACTOR(Actor)
THEATER_MESSAGE_SERVER_CLIENT(Actor)
THEATER_SUPERVISOR_HANDLERS(Actor)
