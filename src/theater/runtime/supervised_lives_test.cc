// Random trees of supervised actors, to which everything happens that happens to actors, in an
// order that a seed decides. Whatever it is, no actor hangs, none is orphaned, and every chain
// verifies, agrees with those above and below it, and replays, restarts included.
//
// THEATER_SEEDS says how many seeds are tried, from THEATER_SEED on.
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/runtime/testing/random_tree.h"
#include "theater/runtime/testing/seeded_family.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace theater::supervised_lives_test {

using testing::Family;
using testing::from_environment;
using testing::random_tree;
using testing::Seeded;
using testing::Told;

// What a client does to one of these actors.
void act(SeededRandom& dice, Runtime& runtime, const ActorId& id, const ActorId& other,
         const std::function<void(const std::string&)>& ask) {
  switch (dice.below(24)) {
    case 0:
      if (dice.below(5) == 0) (void)runtime.kill(id);
      return;
    case 1:
      if (dice.below(5) == 0) (void)runtime.stop(id);
      return;
    case 2:
    case 3:
      return ask("quit done");
    case 4:
    case 5:
    case 6:
    case 7:
      return ask("trap");
    case 8:
      return ask("spin");
    case 9:
    case 10:
      return ask("keep kept");
    case 11:
      return ask("later");
    case 12:
    case 13:
    case 14:
      return ask("ask " + other.to_string() + (dice.below(3) == 0 ? " trap" : " ping"));
    case 15:
    case 16:
      return ask("spawn kept");
    default:
      return ask("ping");
  }
}

class RandomTree {
 public:
  explicit RandomTree(uint64_t seed) : dice_(seed), seeded_(seed) {}

  std::optional<std::string> play() {
    Family& family = seeded_.family;
    int files = 0;
    root_ = family.add_root("kept", random_tree(dice_, family, 2, files));
    for (int i = 0; i < 60; ++i) {
      std::vector<ActorId> actors = family.runtime().actors();
      const ActorId& id = actors[dice_.below(actors.size())];
      const ActorId& other = actors[dice_.below(actors.size())];
      act(dice_, family.runtime(), id, other, [&](const std::string& text) {
        // No actor would end its call.
        if (id == root_ && text == "spin") return;
        ++asked_;
        family.runtime().request(id, as_bytes(text), [this](const Result<Bytes>&) { ++answered_; });
      });
      seeded_.scheduler.run(dice_.below(40));
    }
    (void)family.runtime().stop(root_);
    seeded_.scheduler.run(1'000'000);
    return what_is_wrong();
  }

  uint64_t restarts() const { return restarts_; }

 private:
  std::optional<std::string> what_is_wrong() {
    for (const ActorId& id : seeded_.family.runtime().actors()) {
      auto status = seeded_.family.runtime().status(id);
      if (!status->ended) return id.to_string() + " has not ended: " + status->text();
      restarts_ += status->restarts;
    }
    if (asked_ != answered_) return fmt::format("{} of {} requests answered", answered_, asked_);
    if (seeded_.scheduler.timers() != 0) return "timers are left";
    return seeded_.family.what_is_wrong(seeded_.chains());
  }

  SeededRandom dice_;
  Seeded seeded_;
  ActorId root_;
  size_t asked_ = 0;
  size_t answered_ = 0;
  uint64_t restarts_ = 0;
};

TEST(SupervisedLives, LeaveNobodyWaitingAndChainsThatReplay) {
  uint64_t first = from_environment("THEATER_SEED", 1);
  uint64_t seeds = from_environment("THEATER_SEEDS", 150);
  uint64_t restarts = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    RandomTree tree(seed);
    auto wrong = tree.play();
    restarts += tree.restarts();
    ASSERT_EQ(wrong, std::nullopt) << "THEATER_SEED=" << seed << " THEATER_SEEDS=1 repeats it";
  }
  // The property is about something.
  if (seeds < 100) return;
  EXPECT_GT(restarts, seeds);
}

// The same on threads, for the thread sanitizer.
TEST(SupervisedLives, OnThreads) {
  SystemClock clock;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom dice(seed);
    WorkerPool pool(3);
    ThreadTimers timers;
    Family family(pool, timers, clock, nullptr, nullptr, seed);
    int files = 0;
    ActorId root = family.add_root("kept", random_tree(dice, family, 2, files));
    std::atomic<size_t> open{0};
    for (int i = 0; i < 400; ++i) {
      std::vector<ActorId> actors = family.runtime().actors();
      const ActorId& id = actors[dice.below(actors.size())];
      const ActorId& other = actors[dice.below(actors.size())];
      act(dice, family.runtime(), id, other, [&](const std::string& text) {
        ++open;
        family.runtime().request(id, as_bytes(text), [&](const Result<Bytes>&) { --open; });
      });
      std::this_thread::sleep_for(std::chrono::microseconds(dice.below(500)));
    }
    // A graceful stop would wait for the end of its call, which may wait for one that spins.
    (void)family.runtime().kill(root);
    ASSERT_TRUE(family.runtime().wait_ended(root));
    while (open.load() > 0)
      std::this_thread::yield();
    std::map<ActorId, Told> chains;
    for (const ActorId& id : family.runtime().actors()) {
      EXPECT_TRUE(family.runtime().status(id)->ended);
      chains.emplace(id, family.told(id));
    }
    EXPECT_EQ(family.what_is_wrong(chains), std::nullopt);
    family.end();
  }
}

}  // namespace theater::supervised_lives_test
