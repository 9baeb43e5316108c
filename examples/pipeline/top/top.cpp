// Last of four: keeps the words that came most often, and answers with them.
#include <theater/json.hpp>
#include <theater/message_server.hpp>

#include <algorithm>
#include <string>
#include <vector>

using theater::Reply;
using theater::Result;
using theater::Status;

struct Top {
  int64_t keep = 3;
  std::vector<std::string> words;  // The most frequent first.
  std::vector<int64_t> numbers;    // Of each.
  THEATER_FIELDS(keep, words, numbers)

  using Codec = theater::JsonCodec;

  Status handle_send(std::string_view message) {
    auto counted = THEATER_TRY(theater::json::parse(message));
    std::string word(counted["word"].text());
    auto number = counted["number"].integer();
    if (word.empty() || !number) return theater::fail("a message needs `word` and `number`");
    auto known = std::find(words.begin(), words.end(), word);
    if (known != words.end()) {
      numbers.erase(numbers.begin() + (known - words.begin()));
      words.erase(known);
    }
    // Behind those of the same number, which came first.
    auto place =
        std::find_if(numbers.begin(), numbers.end(), [&](int64_t n) { return n < *number; });
    words.insert(words.begin() + (place - numbers.begin()), word);
    numbers.insert(place, *number);
    if (words.size() > static_cast<size_t>(keep)) {
      words.pop_back();
      numbers.pop_back();
    }
    return {};
  }

  Result<Reply> handle_request(std::string_view, std::string_view) {
    std::string text;
    for (size_t i = 0; i < words.size(); ++i) {
      text += (i == 0 ? "" : ", ") + words[i] + " " + std::to_string(numbers[i]);
    }
    return text.empty() ? std::string("no words yet") : text;
  }
};

THEATER_ACTOR(Top)
THEATER_MESSAGE_SERVER_CLIENT(Top)
