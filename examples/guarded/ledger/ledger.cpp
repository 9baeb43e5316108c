// A sum that every caller may read, and only one actor may change: its clerk.
#include <theater/callers.hpp>
#include <theater/message_server.hpp>

#include <charconv>
#include <string>

namespace guarded {

using theater::Caller;
using theater::Reply;
using theater::Result;

struct Ledger {
  std::string clerk;  // The id of the one actor that may add.
  int64_t sum = 0;
  THEATER_FIELDS(clerk, sum)

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "sum") return std::to_string(sum);
    if (message == "who am I?") return describe(theater::get_caller());
    if (theater::get_caller() != Caller::actor(clerk)) return theater::fail("only the clerk adds");
    int64_t amount = 0;
    const char* end = message.data() + message.size();
    auto [rest, error] = std::from_chars(message.data(), end, amount);
    bool is_number = error == std::errc() && rest == end;
    if (!is_number || __builtin_add_overflow(sum, amount, &sum))
      return theater::fail("no amount: " + std::string(message));
    return std::to_string(sum);
  }

  static std::string describe(const std::optional<Caller>& caller) {
    if (!caller) return "a handler";
    if (caller->kind == Caller::Kind::kRuntime) return "the runtime";
    std::string kind = caller->kind == Caller::Kind::kActor ? "the actor " : "the client ";
    return kind + caller->name.value_or("without a name");
  }
};

}  // namespace guarded

THEATER_ACTOR(guarded::Ledger)
THEATER_MESSAGE_SERVER_CLIENT(guarded::Ledger)
