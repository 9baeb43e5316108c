// Hands work to its team: `honest …` and `greedy` go to the member of that name.
#include <theater/message_server.hpp>
#include <theater/supervisor.hpp>

#include <string>
#include <vector>

using theater::Reply;
using theater::Result;

struct Lead {
  Result<Reply> handle_request(std::string_view, std::string_view message) {
    // In the order of the manifest.
    std::vector<std::string> team = theater::list_children();
    if (message.starts_with("honest ")) return ask(team.at(0), message.substr(7));
    if (message == "greedy") return ask(team.at(1), team.at(0));
    return theater::fail("unknown request: " + std::string(message));
  }

  static Result<Reply> ask(const std::string& member, std::string_view what) {
    return THEATER_TRY(theater::request(member, what));
  }
};

THEATER_ACTOR(Lead)
THEATER_MESSAGE_SERVER_CLIENT(Lead)
