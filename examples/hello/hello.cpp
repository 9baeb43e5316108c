// The smallest actor that talks: it greets each caller.
#include <theater/message_server.hpp>

struct Hello {
  theater::Status init(std::string_view) {
    theater::log("hello is ready");
    return {};
  }

  theater::Result<theater::Reply> handle_request(std::string_view, std::string_view name) {
    if (name.empty()) return theater::fail("whom shall I greet?");
    theater::log("greeting " + std::string(name));
    return "Hello, " + std::string(name) + "!";
  }
};

THEATER_ACTOR(Hello)
THEATER_MESSAGE_SERVER_CLIENT(Hello)
