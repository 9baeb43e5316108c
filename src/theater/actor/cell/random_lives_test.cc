// Actors that do everything that actors do, in an order that a seed decides: messages, requests
// answered at once, later or never, cancelled, timed out, effects that wait, pauses, ends of every
// kind. Whatever happens, no actor hangs, each request gets one answer, and the chains agree.
//
// THEATER_SEEDS says how many seeds are tried, from THEATER_SEED on.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>

namespace theater::testing::random_lives_test {

using Reply = std::optional<Bytes>;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// What each letter of a message does. A digit names a peer, which is sent the letters after it.
//
//   0 to 3   sends        4 to 7   requests     f  waits for the outside
//   a        answers the oldest open request    x  cancels it
//   n        writes a note                      w  gives way
//   E T L    returns an error, traps, leaves
//   ?        of a request: is answered later, or never
class Lives {
 public:
  explicit Lives(std::vector<ActorId> peers) : peers_(std::move(peers)) {}

  void play(Play& play, std::string letters, const std::function<void(Play&)>& finish) const {
    if (letters.empty()) return finish(play);
    char letter = letters.front();
    std::string rest = letters.substr(1);
    auto go_on = [this, rest, finish](Play& then) { this->play(then, rest, finish); };
    if (letter >= '0' && letter <= '7') return pass_on(play, letter - '0', rest, go_on);
    switch (letter) {
      case 'f':
        return play.call_waiting<Answered>(
            kDesk, "fetch", [go_on](Play& then, const Answered&) { go_on(then); },
            std::string("x"));
      case 'w':
        return play.yield(go_on);
      case 'E':
        return play.fail("as asked");
      case 'T':
        return play.trap(engine::TrapCode::kUnreachable);
      case 'L':
        play.call<Done>(kDesk, "leave", std::optional<Bytes>(to_bytes("left")));
        break;
      case 'n':
        play.call<void>(kDesk, "say", std::string("here"));
        break;
      case 'a':
      case 'x':
        close_one(play, letter == 'a');
        break;
      default:
        break;
    }
    go_on(play);
  }

 private:
  void pass_on(Play& play, int digit, const std::string& rest, const Script& go_on) const {
    std::string peer = peers_[static_cast<size_t>(digit % 4)].to_string();
    if (digit < 4) {
      play.call<Done>(kDesk, "send", peer, to_bytes(rest));
      return go_on(play);
    }
    play.call_waiting<Answered>(
        kDesk, "request", [go_on](Play& then, const Answered&) { go_on(then); }, peer,
        to_bytes(rest));
  }

  static void close_one(Play& play, bool answers) {
    auto open = play.call<std::vector<std::string>>(kDesk, "outstanding");
    if (open.empty()) return;
    if (answers) {
      play.call<Done>(kDesk, "respond", open.front(), to_bytes("late"));
    } else {
      play.call<Done>(kDesk, "cancel", open.front());
    }
  }

  std::vector<ActorId> peers_;
};

ScriptedComponent lively(const ActorHarness& harness, const std::shared_ptr<const Lives>& lives) {
  ScriptedComponent component = harness.component();
  component.exports(on_message(), [lives](Play& play) {
    std::string letters(as_text(std::get<0>(play.params<Bytes>())));
    auto state = play.state();
    lives->play(play, letters, [state](Play& then) { then.finish(state ? Reply() : Bytes{1}); });
  });
  component.exports(on_request(), [lives](Play& play) {
    std::string letters(as_text(std::get<1>(play.params<std::string, Bytes>())));
    bool later = letters.find('?') != letters.npos;
    auto state = play.state();
    lives->play(play, letters, [state, later](Play& then) {
      then.finish(state, later ? Reply() : Reply(to_bytes("now")));
    });
  });
  return component;
}

class RandomRun {
 public:
  explicit RandomRun(uint64_t seed) : scheduler_(seed), dice_(seed), stage_(scheduler_) {
    for (int i = 0; i < 4; ++i)
      ids_.push_back(stage_.next_id());
    auto lives = std::make_shared<const Lives>(ids_);
    if (seed % 2 == 0) stage_.desk().set_timeout_ms(5);
    for (const ActorId& id : ids_)
      stage_.add(lively(stage_, lives), {.id = id, .mailbox = {.messages = 5}});
  }

  // How often each kind of event was recorded, by its name; added to what is there.
  void count(std::map<std::string_view, size_t>& events) const {
    for (const ActorId& id : ids_) {
      for (const log::Event& event : stage_.story(id)) {
        ++events[log::body_name(event.body)];
        const auto* answered = std::get_if<log::Answered>(&event.body);
        if (answered != nullptr && !answered->by) ++events["answered by no actor"];
      }
    }
  }

  std::optional<std::string> play() {
    for (int i = 0; i < 50; ++i) {
      act();
      scheduler_.run(dice_.below(12));
    }
    for (const ActorId& id : ids_)
      stage_.cell(id)->resume(log::ByClient{"test"}, counted());
    settle();
    for (const ActorId& id : ids_)
      stage_.stop(id);
    settle();
    return what_is_wrong();
  }

 private:
  const ActorId& anybody() { return ids_[dice_.below(ids_.size())]; }

  ActorCell::Answered counted() {
    ++asked_;
    return [this](const std::optional<Error>&) { ++answered_; };
  }

  std::string letters() {
    static constexpr std::string_view kOften = "0123456701234567faxnww?";
    std::string text;
    for (size_t length = dice_.below(6); length > 0; --length) {
      text += dice_.below(40) == 0 ? "ETL"[dice_.below(3)] : kOften[dice_.below(kOften.size())];
    }
    return text;
  }

  void act() {
    const ActorId& id = anybody();
    switch (dice_.below(16)) {
      case 0:
        if (dice_.below(6) == 0) stage_.kill(id);
        break;
      case 1:
        if (dice_.below(6) == 0) stage_.stop(id);
        break;
      case 2:
        stage_.cell(id)->pause(log::ByClient{"test"}, dice_.below(2) == 0, counted());
        break;
      case 3:
      case 4:
        stage_.cell(id)->resume(log::ByClient{"test"}, counted());
        break;
      case 5:
      case 6:
        answer_fetches();
        break;
      case 7:
      case 8:
      case 9:
      case 10:
        ++requests_;
        stage_.request(id, letters());
        break;
      default:
        stage_.send(id, letters());
    }
  }

  void answer_fetches() {
    for (auto& fetch : stage_.desk().take_fetches()) {
      // One that is dropped is answered, too.
      if (dice_.below(4) > 0) std::move(fetch).answer(to_bytes("fetched"));
    }
  }

  // Runs until nothing moves and no actor waits for the outside.
  void settle() {
    for (bool more = true; more;) {
      scheduler_.run();
      auto fetches = stage_.desk().take_fetches();
      more = !fetches.empty();
    }
  }

  std::optional<std::string> what_is_wrong() {
    for (const ActorId& id : ids_) {
      if (!stage_.cell(id)->status().ended) return id.to_string() + " has not ended";
    }
    if (stage_.answers().size() != requests_) {
      return fmt::format("{} of {} requests of clients were answered", stage_.answers().size(),
                         requests_);
    }
    if (answered_ != asked_) return fmt::format("{} of {} pauses answered", answered_, asked_);
    if (scheduler_.timers() != 0) return "timers are left";
    return stage_.check_chains();
  }

  SeededScheduler scheduler_;
  SeededRandom dice_;
  ActorHarness stage_;
  std::vector<ActorId> ids_;
  size_t requests_ = 0;
  size_t asked_ = 0;
  size_t answered_ = 0;
};

TEST(RandomLives, LeaveNobodyWaitingAndChainsThatAgree) {
  uint64_t first = from_environment("THEATER_SEED", 1);
  uint64_t seeds = from_environment("THEATER_SEEDS", 300);
  std::map<std::string_view, size_t> events;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    RandomRun run(seed);
    auto wrong = run.play();
    run.count(events);
    ASSERT_EQ(wrong, std::nullopt) << "THEATER_SEED=" << seed << " THEATER_SEEDS=1 repeats it";
  }
  // The property is about something.
  if (seeds < 100) return;
  for (const char* name :
       {"sent", "answered", "discarded", "failed", "control", "outcome", "answered by no actor"}) {
    EXPECT_GT(events[name], seeds / 4) << name;
  }
  for (const auto& [name, times] : events)
    std::cout << name << " " << times << "\n";
}

}  // namespace theater::testing::random_lives_test
