// Takes one calculation, such as `84 / 2`, and ends with its result.
//
// It checks nothing first: a division by zero ends it, as it would end any program, and its
// supervisor is notified.
#include <theater/message_server.hpp>

#include <charconv>
#include <string>

using theater::Result;
using theater::Status;

struct Worker {
  Status handle_send(std::string_view task) {
    size_t first = task.find(' ');
    if (first == task.npos || first + 3 > task.size()) return theater::fail("say `A / B`");
    int64_t left = THEATER_TRY(number(task.substr(0, first)));
    int64_t right = THEATER_TRY(number(task.substr(first + 3)));
    return theater::shutdown(std::to_string(result(left, task[first + 1], right)));
  }

  static Result<int64_t> number(std::string_view text) {
    int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      return theater::fail("no number: " + std::string(text));
    }
    return value;
  }

  static int64_t result(int64_t left, char sign, int64_t right) {
    if (sign == '*') return left * right;
    return left / right;
  }
};

THEATER_ACTOR(Worker)
THEATER_MESSAGE_SERVER_CLIENT(Worker)
