// Third of four: counts words, and sends each with its number on when it changes.
#include <theater/json.hpp>
#include <theater/message_server.hpp>

#include <algorithm>
#include <string>
#include <vector>

using theater::Status;
using theater::json::Value;

struct Count {
  std::string next;
  std::vector<std::string> words;  // In the order of their letters.
  std::vector<int64_t> numbers;    // Of each.
  THEATER_FIELDS(next, words, numbers)

  using Codec = theater::JsonCodec;

  Status handle_send(std::string_view word) {
    auto at = std::lower_bound(words.begin(), words.end(), word);
    auto place = at - words.begin();
    if (at == words.end() || *at != word) {
      words.emplace(at, word);
      numbers.insert(numbers.begin() + place, 0);
    }
    int64_t number = ++numbers[static_cast<size_t>(place)];
    return theater::send(next, Value::object({{"word", word}, {"number", number}}).dump());
  }
};

THEATER_ACTOR(Count)
THEATER_MESSAGE_SERVER_CLIENT(Count)
