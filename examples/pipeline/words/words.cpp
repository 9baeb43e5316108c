// Second of four: takes lines and sends their words on, in small letters.
#include <theater/message_server.hpp>

#include <string>

using theater::Status;

struct Words {
  std::string next;
  THEATER_FIELDS(next)

  using Codec = theater::JsonCodec;

  Status handle_send(std::string_view line) {
    std::string word;
    for (char c : line) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      if (c >= 'a' && c <= 'z') {
        word += c;
      } else {
        THEATER_TRY_VOID(pass_on(word));
      }
    }
    return pass_on(word);
  }

  Status pass_on(std::string& word) {
    if (word.empty()) return {};
    THEATER_TRY_VOID(theater::send(next, word));
    word.clear();
    return {};
  }
};

THEATER_ACTOR(Words)
THEATER_MESSAGE_SERVER_CLIENT(Words)
