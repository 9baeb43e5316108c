// What guests call, how it is recorded, and what it takes to be allowed.
#include "dice_handler.h"

#include <charconv>
#include <vector>

#include "dice_session.h"

namespace theater {

namespace {

constexpr std::string_view kInterface = "example:dice/dice";

std::vector<HostFunction> functions() {
  using S = DiceSession;
  std::vector<HostFunction> all;
  // What a die shows comes from the world, so it is recorded, and a replay takes it from the
  // record.
  all.push_back(
      read(kInterface, "roll", [](S& session, uint32_t sides) { return session.roll(sides); })
          .params({"sides"})
          .unless([](S& session, uint32_t) { return session.refuses("dice"); }));
  // The same with a Responder: the guest waits, and its worker runs other actors.
  all.push_back(
      read(kInterface, "shake",
           [](S& session, Responder<Rolled> reply, uint32_t sides, uint32_t ms) {
             session.shake(std::move(reply), sides, ms);
           })
          .params({"sides", "ms"})
          .unless([](S& session, uint32_t, uint32_t) { return session.refuses("dice"); }));
  // Changes the world: that it is going to happen is on disk before it does.
  all.push_back(
      effect(kInterface, "write-score",
             [](S& session, Responder<Written> reply, std::string line) {
               session.write_score(std::move(reply), std::move(line));
             })
          .params({"line"})
          .unless([](S& session, std::string_view) { return session.refuses("dice/scores"); }));
  return all;
}

// The one setting of an entry's config: a seed.
Result<std::optional<uint64_t>> seed_of(const HandlerEntry& entry) {
  std::optional<uint64_t> seed;
  for (const auto& [key, text] : entry.custom_settings) {
    uint64_t number = 0;
    const char* end = text.data() + text.size();
    auto [at, error] = std::from_chars(text.data(), end, number);
    if (key != "seed" || error != std::errc() || at != end) {
      return fail(ErrorCode::kInvalidArgument,
                  "the handler `dice` takes one setting, a number from 0 to 2^64-1, as in "
                  "config = {{ seed = \"7\" }}, and not `{}` = \"{}\"",
                  key, text);
    }
    seed = number;
  }
  return seed;
}

class DiceHandler final : public Handler {
 public:
  explicit DiceHandler(const HandlerSettings& settings)
      : Handler({.name = "dice", .host_functions = functions()}) {
    if (settings.home.empty()) return;
    sheet_ = std::make_shared<ScoreSheet>(settings.home / "handlers" / "dice" / "scores.txt");
  }

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override {
    if (!sheet_) {
      return fail(ErrorCode::kUnavailable,
                  "the handler `dice` keeps its scores in the home of a node, and there is none");
    }
    std::optional<uint64_t> seed;
    if (const HandlerEntry* entry = context.manifest.custom_handler("dice")) {
      seed = THEATER_TRY(seed_of(*entry));
    }
    return std::make_unique<DiceSession>(context, Dice(seed), sheet_);
  }

 private:
  // Shared with jobs, which may run when the handler is gone. Null without a home.
  std::shared_ptr<ScoreSheet> sheet_;
};

}  // namespace

std::unique_ptr<const Handler> make_dice_handler(const HandlerSettings& settings) {
  return std::make_unique<DiceHandler>(settings);
}

}  // namespace theater
