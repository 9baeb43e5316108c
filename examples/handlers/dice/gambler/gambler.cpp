// Plays with a handler that Theater itself does not have.
#include <theater/message_server.hpp>

#include <charconv>

#include "dice.hpp"

using theater::Reply;
using theater::Result;
using theater::Status;

struct Gambler {
  uint32_t games = 0;
  THEATER_FIELDS(games)

  Status init(std::string_view) { return {}; }

  // `play`: throws a die, shakes one for a while, and writes down what they show. `roll SIDES`.
  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "play") return play();
    if (!message.starts_with("roll ")) {
      return theater::fail("unknown request: " + std::string(message));
    }
    uint32_t sides = 0;
    std::from_chars(message.data() + 5, message.data() + message.size(), sides);
    return std::to_string(THEATER_TRY(dice::roll(sides)));
  }

  Result<Reply> play() {
    uint32_t first = THEATER_TRY(dice::roll(6));
    uint32_t second = THEATER_TRY(dice::shake(6, 20));
    ++games;
    std::string line = "game " + std::to_string(games) + ": " + std::to_string(first) + " and " +
                       std::to_string(second);
    THEATER_TRY_VOID(dice::write_score(line));
    return line;
  }
};

THEATER_ACTOR(Gambler)
THEATER_MESSAGE_SERVER_CLIENT(Gambler)
