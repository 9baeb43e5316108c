// Brings amounts to the ledger, and none that is too large.
#include <theater/message_server.hpp>

#include <string>

namespace guarded {

struct Clerk {
  std::string ledger;  // The id of the ledger.
  THEATER_FIELDS(ledger)

  theater::Result<theater::Reply> handle_request(std::string_view, std::string_view message) {
    if (message.size() > 3)
      return theater::fail("this amount is too large: " + std::string(message));
    return THEATER_TRY(theater::request(ledger, message));
  }
};

}  // namespace guarded

THEATER_ACTOR(guarded::Clerk)
THEATER_MESSAGE_SERVER_CLIENT(guarded::Clerk)
