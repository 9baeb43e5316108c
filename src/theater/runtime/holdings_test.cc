// What handlers hold for actors, and what budgets have used, when actors restart and when the node
// is lost.
#include "theater/actor/cell/recorder.h"
#include "theater/replay/record.h"
#include "theater/runtime/recovered_holdings.h"
#include "theater/runtime/recovery.h"
#include "theater/runtime/testing/lost_node.h"
#include "theater/runtime/testing/random_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace theater::holdings_test {

using namespace std::chrono_literals;
using testing::Family;
using ::testing::HasSubstr;
using testing::LostNode;
using testing::one_of;
using testing::Seeded;
using testing::Told;

constexpr uint64_t kSeeds = 4;

void pass(SeededScheduler& scheduler, std::chrono::microseconds time) {
  bool reached = false;
  scheduler.after(time, [&] { reached = true; });
  while (!reached)
    scheduler.step();
  scheduler.run_now();
}

// Calls by a handler, which are ticks. Under some seeds time passes faster than the actor is, and
// misses many.
size_t ticks(const Told& told) {
  size_t count = 0;
  for (const auto& call : told.all<log::Call>()) {
    if (std::holds_alternative<log::FromHandler>(call.from)) ++count;
  }
  return count;
}

// A root with a child that ticks, which restarts as the settings say.
struct Looked {
  Looked(Family& family, const std::string& settings) {
    std::string child = family.add_ticker_manifest("ticker");
    root = family.add_ticker(
        fmt::format("[[child]]\nname = \"t\"\nmanifest = \"{}\"\nrestart = \"permanent\"\n{}",
                    child, settings));
    ticker = *ActorId::parse(family.ask(root, "children"));
  }
  ActorId root;
  ActorId ticker;
};

TEST(HeldIntervals, TickAfterARestartFromTheLastState) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Seeded seeded(seed);
    Family& family = seeded.family;
    Looked looked(family, "restart_from = \"committed\"\n");
    EXPECT_EQ(family.ask(looked.ticker, "start beat 100"), "started");
    EXPECT_EQ(family.ask(looked.ticker, "start gone 70"), "started");
    EXPECT_EQ(family.ask(looked.ticker, "halt gone"), "halted");
    (void)family.ask(looked.ticker, "trap");
    EXPECT_EQ(family.ask(looked.ticker, "ping"), "pong");
    size_t before = ticks(family.told(looked.ticker));
    pass(seeded.scheduler, 1050ms);
    EXPECT_GT(ticks(family.told(looked.ticker)), before);
    EXPECT_THAT(family.ask(looked.ticker, "start beat 100"), HasSubstr("runs already"));
    EXPECT_EQ(family.ask(looked.ticker, "halt beat"), "halted");
    EXPECT_EQ(family.ask(looked.root, "restart " + looked.ticker.to_string()), "restarted");
    before = ticks(family.told(looked.ticker));
    pass(seeded.scheduler, 1s);
    EXPECT_EQ(ticks(family.told(looked.ticker)), before);
    seeded.expect_right();
  }
}

TEST(HeldIntervals, AreNotRestoredWhereInitRuns) {
  for (const char* settings : {"restart_from = \"committed\"\nrestart_init = true\n", ""}) {
    Seeded seeded(1);
    Looked looked(seeded.family, settings);
    EXPECT_EQ(seeded.family.ask(looked.ticker, "start beat 100"), "started");
    (void)seeded.family.ask(looked.ticker, "trap");
    EXPECT_EQ(seeded.family.ask(looked.ticker, "ping"), "pong");
    size_t before = ticks(seeded.family.told(looked.ticker));
    pass(seeded.scheduler, 1s);
    EXPECT_EQ(ticks(seeded.family.told(looked.ticker)), before);
    EXPECT_EQ(seeded.family.ask(looked.ticker, "start beat 100"), "started");
    EXPECT_EQ(seeded.family.ask(looked.ticker, "halt beat"), "halted");
    seeded.expect_right();
  }
}

TEST(HeldIntervals, TickAfterTheNodeWasLost) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    LostNode node(seed);
    ActorId id = node.family().add_ticker();
    EXPECT_EQ(node.family().ask(id, "start beat 100"), "started");
    EXPECT_EQ(node.family().ask(id, "start gone 100"), "started");
    EXPECT_EQ(node.family().ask(id, "halt gone"), "halted");
    for (int life = 0; life < 2; ++life) {
      RecoveryReport report = node.lose();
      ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
      size_t before = ticks(node.chains().at(id));
      pass(node.scheduler(), 1050ms);
      EXPECT_GT(ticks(node.chains().at(id)), before);
    }
    EXPECT_EQ(node.family().ask(id, "halt beat"), "halted");
    node.lose();
    size_t before = ticks(node.chains().at(id));
    pass(node.scheduler(), 1s);
    EXPECT_EQ(ticks(node.chains().at(id)), before);
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
}

TEST(HeldIntervals, TickAfterARecoveryFromASnapshot) {
  LostNode node;
  ActorId id = node.family().add_ticker("[log]\nsnapshot_events = 20\n");
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(node.family().ask(id, fmt::format("start {} 50000", i)), "started");
  for (int i = 0; i < 40; ++i)
    node.family().ask(id, "keep " + std::to_string(i));
  EXPECT_EQ(node.family().ask(id, "halt 3"), "halted");
  EXPECT_LT(node.lose().replayed, 40u);
  EXPECT_FALSE(node.chains().at(id).all<log::Snapshot>().empty());
  EXPECT_THAT(node.family().ask(id, "start 15 50000"), HasSubstr("runs already"));
  EXPECT_EQ(node.family().ask(id, "start 3 60000"), "started");
  EXPECT_THAT(node.family().ask(id, "start 16 50000"), HasSubstr("16 intervals"));
  size_t before = ticks(node.chains().at(id));
  pass(node.scheduler(), 51s);
  EXPECT_GE(ticks(node.chains().at(id)), before + 15);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

// Payloads that are kept in body files are read from there.
TEST(HeldIntervals, AreFoundWherePayloadsAreDetached) {
  LostNode node;
  ActorId id = node.family().add_ticker("[log]\ndetach = \"all\"\nsnapshot_events = 20\n");
  EXPECT_EQ(node.family().ask(id, "start beat 50000"), "started");
  node.lose();
  EXPECT_THAT(node.family().ask(id, "start beat 50000"), HasSubstr("runs already"));
  for (int i = 0; i < 30; ++i)
    node.family().ask(id, "keep " + std::to_string(i));
  RecoveryReport report = node.lose();
  ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
  EXPECT_THAT(node.family().ask(id, "start beat 50000"), HasSubstr("runs already"));
}

// How many of so many requests to another actor are not refused by a budget. Under some seeds the
// time of a request is over before its answer, which counts all the same.
size_t asked(Family& family, const ActorId& id, const ActorId& to, size_t times) {
  size_t done = 0;
  for (size_t i = 0; i < times; ++i) {
    std::string answer = family.ask(id, "ask " + to.to_string() + " ping");
    if (answer.find("budget-spent") == answer.npos) ++done;
  }
  return done;
}

TEST(HeldBudgets, LastAsLongAsTheActor) {
  for (const char* log : {"", "[log]\nsnapshot_events = 10\n"}) {
    LostNode node;
    ActorId to = node.family().add_root();
    ActorId id = node.family().add_root("kept", std::string("[budget]\nmessages = 20\n") + log);
    size_t done = 0;
    for (size_t life = 0; life < 5; ++life) {
      done += asked(node.family(), id, to, 6);
      EXPECT_EQ(done, std::min<size_t>(20, 6 * (life + 1)));
      node.lose();
    }
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
}

TEST(HeldBudgets, CoverASubtreeWithItsEndedChildren) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    LostNode node(seed);
    Family& family = node.family();
    ActorId to = family.add_root();
    ActorId root = family.add_root("kept", "[budget]\nmessages = 20\ndescendants = 4\n");
    ActorId living = *ActorId::parse(family.ask(root, "spawn kept"));
    ActorId ended = *ActorId::parse(family.ask(root, "spawn kept"));
    ActorId below = *ActorId::parse(family.ask(ended, "spawn kept"));
    EXPECT_EQ(asked(family, living, to, 3), 3u);
    EXPECT_EQ(asked(family, ended, to, 4), 4u);
    EXPECT_EQ(asked(family, below, to, 5), 5u);
    EXPECT_EQ(family.ask(root, "stop " + ended.to_string()), "stopped");
    node.lose();
    EXPECT_THAT(family.ask(root, "spawn fail"), HasSubstr("error")) << "which counts";
    EXPECT_THAT(family.ask(root, "spawn kept"), HasSubstr("budget.descendants = 4"));
    EXPECT_EQ(asked(family, living, to, 4), 4u);
    node.lose();
    EXPECT_THAT(family.ask(living, "spawn kept"), HasSubstr("budget.descendants = 4"));
    EXPECT_EQ(asked(family, root, to, 9), 4u);
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
}

// A child that used nothing with a bound leaves no note, and one that filled the log does.
TEST(HeldBudgets, OfTheLogCoverEndedChildrenAndLostNodes) {
  LostNode node;
  Family& family = node.family();
  ActorId root = family.add_root("kept", "[budget]\nlog_bytes = \"64KiB\"\n");
  for (int i = 0; i < 2; ++i) {
    ActorId child = *ActorId::parse(family.ask(root, "spawn kept"));
    for (int kept = 0; kept < 3; ++kept)
      family.ask(child, "keep " + std::string(3000, 'x'));
    EXPECT_EQ(family.ask(root, "stop " + child.to_string()), "stopped");
    node.lose();
  }
  EXPECT_THAT(node.chains().at(root).outline(), HasSubstr("child-ended control"));
  std::string last = "kept";
  int kept = -1;
  for (; kept < 30 && last == "kept"; ++kept)
    last = family.ask(root, "keep " + std::string(3000, 'x'));
  EXPECT_THAT(last, HasSubstr("failed: killed: budget-spent: budget.log_bytes = 64KiB of actor " +
                              root.to_string()));
  EXPECT_GE(kept, 8);
  EXPECT_LE(kept, 13) << "without the children it would be 18";
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(HeldBudgets, AChildWithoutACountedUseLeavesNoNote) {
  LostNode node;
  Family& family = node.family();
  ActorId root = family.add_root("kept");
  ActorId child = *ActorId::parse(family.ask(root, "spawn kept"));
  family.ask(child, "keep x");
  family.ask(root, "stop " + child.to_string());
  EXPECT_EQ(node.chains().at(root).outline().find("child-ended control"), std::string::npos);
  node.lose();
  EXPECT_EQ(node.chains().at(root).outline().find("child-ended control"), std::string::npos);
}

// A spawn that makes no child is on no record, and counts for nothing.
TEST(HeldBudgets, ASpawnWithoutAChildIsFree) {
  Seeded seeded(1);
  ActorId root = seeded.family.add_root("kept", "[budget]\ndescendants = 1\n");
  EXPECT_THAT(seeded.family.ask(root, "spawn-as /nowhere.toml"), HasSubstr("error"));
  EXPECT_TRUE(ActorId::parse(seeded.family.ask(root, "spawn kept")));
  EXPECT_THAT(seeded.family.ask(root, "spawn kept"), HasSubstr("budget.descendants = 1"));
}

// A child whose end the crash has cut off is ended by the recovery, with what it has used.
TEST(HeldBudgets, CountChildrenThatARecoveryEnds) {
  LostNode node;
  Family& family = node.family();
  ActorId to = family.add_root();
  ActorId root = family.add_root("kept", "[budget]\nmessages = 10\n");
  ActorId child = *ActorId::parse(family.ask(root, "spawn kept"));
  ActorId below = *ActorId::parse(family.ask(child, "spawn kept"));
  EXPECT_EQ(asked(family, child, to, 2), 2u);
  EXPECT_EQ(asked(family, below, to, 3), 3u);
  // It spins, so its stop waits.
  node.runtime().request(child, as_bytes("spin"), [](auto) {});
  node.scheduler().run_now(100);
  node.runtime().request(root, as_bytes("stop " + child.to_string()), [](auto) {});
  node.scheduler().run_now(100);
  RecoveryReport report = node.lose();
  EXPECT_EQ(report.ended.size(), 2u);
  Told told = node.chains().at(root);
  EXPECT_THAT(told.outline(), HasSubstr("child-ended control"));
  EXPECT_EQ(asked(family, root, to, 9), 5u);
  node.lose();
  EXPECT_EQ(asked(family, root, to, 9), 0u);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

// The crash may come between the end of a child and the note of its use.
TEST(HeldBudgets, CountAChildWhoseUseIsNotOnRecord) {
  LostNode node;
  Family& family = node.family();
  ActorId to = family.add_root();
  ActorId root = family.add_root("kept", "[budget]\nmessages = 10\n");
  ActorId child = *ActorId::parse(family.ask(root, "spawn kept"));
  EXPECT_EQ(asked(family, child, to, 4), 4u);
  node.runtime().request(root, as_bytes("stop " + child.to_string()), [](auto) {});
  std::map<ActorId, Told> chains = node.chains();
  while (!std::holds_alternative<log::Terminated>(chains.at(child).events.back().body)) {
    node.scheduler().step();
    chains = node.chains();
  }
  ASSERT_TRUE(chains.at(root).all<log::ChildEnded>().empty());
  // What the parent would record next, without the note.
  log::Chain chain;
  for (size_t i = 0; i < chains.at(root).bytes.size(); ++i)
    chain.append_encoded(chains.at(root).bytes[i], chains.at(root).events[i].time);
  auto reader = *log::LogReader::open(node.home() / "log");
  Recorder::Disk disk{.log = node.log(), .actor = reader->find(root)->number};
  Recorder recorder(disk, std::move(chain));
  recorder.begin_turn(recorder.chain().position().time);
  recorder.record(log::ChildEnded{child, chains.at(child).head, log::EndedStopped{}});

  RecoveryReport report = node.lose();
  ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
  auto ended = node.chains().at(root).all<log::ChildEnded>();
  EXPECT_EQ(ended.size(), 1u);
  EXPECT_THAT(node.chains().at(root).outline(), HasSubstr("child-ended control failed instance"));
  EXPECT_EQ(asked(family, root, to, 9), 6u);
  node.lose();
  EXPECT_EQ(asked(family, root, to, 9), 0u);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(HeldBudgets, AreOnRecordBeforeSnapshots) {
  LostNode node;
  ActorId id = node.family().add_root("kept", "[log]\nsnapshot_events = 10\n");
  for (int i = 0; i < 30; ++i)
    node.family().ask(id, "keep " + std::to_string(i));
  Told told = node.chains().at(id);
  size_t snapshots = 0;
  for (const log::Event& event : told.events) {
    if (!std::holds_alternative<log::Snapshot>(event.body)) continue;
    ++snapshots;
    const auto& held =
        std::get<log::Held>(std::get<log::Control>(told.events[event.seq - 1].body).operation);
    ASSERT_EQ(held.value.size(), 1u);
    EXPECT_EQ(std::get<0>(held.value[0]), "budget");
  }
  EXPECT_GT(snapshots, 2u);
}

log::HeldBudget sum(log::HeldBudget a, const log::HeldBudget& b) {
  std::map<std::string, uint64_t> calls;
  for (const auto& [interface, count] : a.host_calls)
    calls[interface] += count;
  for (const auto& [interface, count] : b.host_calls)
    calls[interface] += count;
  a.messages += b.messages;
  a.descendants += b.descendants;
  a.host_calls.assign(calls.begin(), calls.end());
  return a;
}

// What the living have used by their records, and what all that ever lived have done, which must be
// the same.
std::pair<log::HeldBudget, log::HeldBudget> used_and_done(const std::map<ActorId, Told>& chains) {
  log::HeldBudget used;
  log::HeldBudget done;
  for (const auto& [id, told] : chains) {
    BudgetUse use;
    BudgetUse alone;
    for (const log::Event& event : told.events) {
      EXPECT_TRUE(use.accept(event.seq, event.body));
      if (!std::holds_alternative<log::Control>(event.body)) {
        EXPECT_TRUE(alone.accept(event.seq, event.body));
      }
    }
    done = sum(done, alone.used());
    if (!std::holds_alternative<log::Terminated>(told.events.back().body)) {
      used = sum(used, use.used());
    }
  }
  return {used, done};
}

// Random trees below one budget, whose node is lost at any moment.
TEST(HeldBudgets, OfATreeAddUpWhereverTheNodeIsLost) {
  size_t ended = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom dice(seed);
    LostNode node(seed);
    Family& family = node.family();
    std::string often = family.add_manifest("often", "[log]\nsnapshot_events = 4\n");
    ActorId root = family.add_root("kept", "[budget]\nmessages = 1000000\nlog_bytes = \"1GiB\"\n");
    for (int life = 0; life < 3; ++life) {
      for (int i = 0; i < 30; ++i) {
        std::vector<ActorId> actors = node.runtime().actors();
        const ActorId& id = actors[dice.below(actors.size())];
        const ActorId& other = actors[dice.below(actors.size())];
        std::string what =
            one_of(dice, {"ping", "keep x", "spawn kept", "spawn nest 2", "spawn-as " + often,
                          "ask " + other.to_string() + " ping",
                          "ask " + other.to_string() + " keep y", "stop " + other.to_string()});
        if (id != root && dice.below(6) == 0) what = one_of(dice, {"quit done", "trap"});
        node.runtime().request(id, as_bytes(what), [](auto) {});
        node.scheduler().run(dice.below(30));
      }
      RecoveryReport report = node.lose();
      ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
      ended += report.ended.size();
      node.scheduler().run_now(100'000);
      auto [used, done] = used_and_done(node.chains());
      ASSERT_EQ(used, done);
    }
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
  EXPECT_GT(ended, 3u) << "the property is about recoveries that end actors";
}

TEST(RecoveredHoldings, NameTheEventThatIsNotWellFormed) {
  Binding binding;
  RecoveredHoldings holdings(binding);
  log::Event event;
  event.seq = 7;
  event.body = log::Snapshot();
  EXPECT_THAT(holdings.begin_after(event).error().to_string(), HasSubstr("event 7 (snapshot)"));
  event.body = log::Control{log::Held{{{"budget", log::inline_payload({1, 2})}}}};
  Result<void> begun = holdings.begin_after(event);
  EXPECT_EQ(begun.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(begun.error().to_string(), HasSubstr("event 7 (control)"));
  replay::RecordedEvent recorded;
  recorded.event = event;
  Result<void> replayed = holdings.replayed(recorded);
  EXPECT_EQ(replayed.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(replayed.error().to_string(), HasSubstr("event 7 (control)"));
}

}  // namespace theater::holdings_test
