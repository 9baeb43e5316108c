// Actors that are lost and come back, under many orders of events.
#include "theater/base/file.h"
#include "theater/log/event/event.h"
#include "theater/runtime/testing/seeded_family.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace theater::supervised_test {

using namespace std::chrono_literals;
using testing::Seeded;
using testing::Stage;
using testing::Told;

constexpr uint64_t kSeeds = 8;

template <class Test>
void for_each_seed(Test test) {
  testing::for_each_seed(kSeeds, test);
}

template <class Test>
void for_each_scheduler(Test test) {
  testing::for_each_scheduler(kSeeds, test);
}

// Sends a request, and does not wait for what comes of it.
void tell(Seeded& seeded, const ActorId& id, const std::string& text) {
  seeded.family.runtime().request(id, as_bytes(text), [](const Result<Bytes>&) {});
}

// A `[[child]]` of each name, all of one manifest.
std::string declare(const std::string& names, const std::string& manifest,
                    const std::string& settings = "") {
  std::string text;
  for (char name : names) {
    text +=
        fmt::format("[[child]]\nname = \"{}\"\nmanifest = \"{}\"\n{}", name, manifest, settings);
  }
  return text;
}

uint64_t restarts(auto& stage, const ActorId& id) {
  return stage.family.runtime().status(id)->restarts;
}

std::vector<uint64_t> restarts(auto& stage, const std::vector<ActorId>& ids) {
  std::vector<uint64_t> all;
  for (const ActorId& id : ids)
    all.push_back(restarts(stage, id));
  return all;
}

bool has_ended(auto& stage, const ActorId& id) {
  return stage.family.runtime().status(id)->ended;
}

void run(auto& stage) {
  stage.run();
}

TEST(Supervised, ChildrenAreStartedInOrderBeforeTheFirstMessage) {
  for_each_scheduler([](Stage& stage) {
    std::string manifest = stage.family.add_manifest("leaf");
    ActorId root = stage.family.add_root("kept", declare("abc", manifest));
    EXPECT_EQ(stage.family.told(root).outline(),
              "genesis instance call returned child child child");
    std::vector<ActorId> children = stage.children_of(root);
    ASSERT_EQ(children.size(), 3u);
    auto events = stage.family.told(root).all<log::Child>();
    for (size_t i = 0; i < 3; ++i)
      EXPECT_EQ(events[i].actor, children[i]);
    ASSERT_TRUE(stage.family.runtime().stop(root));
    run(stage);
    auto ended = stage.family.told(root).all<log::ChildEnded>();
    ASSERT_EQ(ended.size(), 3u);
    for (size_t i = 0; i < 3; ++i) {
      // Time may have run out before they ran at all.
      if (std::holds_alternative<log::EndedKilled>(ended[i].how)) break;
      EXPECT_EQ(ended[i].actor, children[2 - i]);
    }
  });
}

TEST(Supervised, AnActorWhoseChildDoesNotStartDoesNotStart) {
  for_each_scheduler([](Stage& stage) {
    std::string state = (stage.family.folder() / "state").string();
    ASSERT_TRUE(write_file(state, as_bytes(std::string_view("fail"))));
    std::string manifest = stage.family.add_manifest("leaf");
    std::string more =
        declare("a", manifest) + declare("b", manifest, "init_state = \"" + state + "\"\n");
    auto spawned = stage.family.runtime().spawn(stage.family.root_request("kept", more));
    ASSERT_FALSE(spawned);
    EXPECT_NE(spawned.error().to_string().find("child `b`: init returned an error: as it was told"),
              std::string::npos)
        << spawned.error().to_string();
    run(stage);
    for (const ActorId& id : stage.family.runtime().actors())
      EXPECT_TRUE(has_ended(stage, id));
  });
}

TEST(Supervised, ByStrategyAndKind) {
  struct Case {
    std::string strategy;
    std::vector<uint64_t> restarts;  // After the second of three was lost.
  };
  for (const Case& c : {Case{"one-for-one", {0, 1, 0}}, Case{"one-for-all", {1, 1, 1}},
                        Case{"rest-for-one", {0, 1, 1}}}) {
    for (const std::string kind : {"permanent", "transient", "temporary"}) {
      for (const std::string what : {"trap", "quit done"}) {
        SCOPED_TRACE(c.strategy + ", " + kind + ", " + what);
        for_each_scheduler([&](Stage& stage) {
          std::string manifest = stage.family.add_manifest("leaf");
          ActorId root = stage.family.add_root(
              "kept", "[supervision]\nstrategy = \"" + c.strategy + "\"\n" +
                          declare("abc", manifest, "restart = \"" + kind + "\"\n"));
          std::vector<ActorId> children = stage.children_of(root);
          stage.family.ask(children[1], what);
          run(stage);
          bool comes_back = kind == "permanent" || (kind == "transient" && what == "trap");
          EXPECT_EQ(has_ended(stage, children[1]), !comes_back);
          EXPECT_EQ(restarts(stage, children),
                    comes_back ? c.restarts : std::vector<uint64_t>({0, 0, 0}));
          for (const ActorId& id : stage.children_of(root))
            EXPECT_EQ(stage.family.ask(id, "ping"), "pong");
          EXPECT_EQ(stage.children_of(root).size(), comes_back ? 3u : 2u);
        });
      }
    }
  }
}

TEST(Supervised, KeepsIdChainAndMailbox) {
  for_each_scheduler([](Stage& stage) {
    std::string manifest = stage.family.add_manifest("leaf");
    ActorId root = stage.family.add_root("kept", declare("a", manifest));
    ActorId child = stage.children_of(root).at(0);
    std::vector<std::string> answers;
    auto ask = [&](std::string_view text) {
      stage.family.runtime().request(child, as_bytes(text), [&](const Result<Bytes>& answer) {
        answers.push_back(answer ? std::string(as_text(*answer)) : answer.error().to_string());
      });
    };
    ask("later");
    ask("trap");
    ask("ping");
    run(stage);
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_NE(answers[0].find("failed: unreachable"), std::string::npos) << answers[0];
    EXPECT_NE(answers[1].find("was restarted before it answered"), std::string::npos) << answers[1];
    EXPECT_EQ(answers[2], "pong");
    Told told = stage.family.told(child);
    EXPECT_EQ(told.outline(),
              "genesis instance call returned call returned call failed instance call returned "
              "call returned");
    log::Instance again = told.all<log::Instance>().at(1);
    EXPECT_EQ(again.why, log::InstanceReason::kRestart);
    EXPECT_EQ(again.incarnation, 1u);
  });
}

TEST(Supervised, ARequestOfAnActorIsAnsweredByTheNextInstance) {
  for_each_seed([](Seeded& seeded) {
    std::string manifest = seeded.family.add_manifest("leaf");
    ActorId root = seeded.family.add_root("kept", declare("a", manifest));
    ActorId child = seeded.children_of(root).at(0);
    ActorId asker = seeded.family.add_root();
    tell(seeded, asker, "ask " + child.to_string() + " later");
    while (seeded.family.told(child).all<log::Returned>().size() < 2)
      seeded.scheduler.step();
    tell(seeded, child, "trap");
    run(seeded);
    log::Answered answered = seeded.family.told(asker).all<log::Answered>().at(0);
    if (!answered.by) return;  // Its deadline came first.
    Told told = seeded.family.told(child);
    auto by = std::find(told.hashes.begin(), told.hashes.end(), *answered.by);
    ASSERT_NE(by, told.hashes.end());
    const log::Body& body = told.events[static_cast<size_t>(by - told.hashes.begin())].body;
    EXPECT_EQ(std::get<log::Instance>(body).incarnation, 1u);
  });
}

TEST(Supervised, ComesBackWithTheStateThatIsDeclared) {
  struct Case {
    std::string settings;
    std::string state;
    size_t calls;  // From the restart on, the question for the state included.
  };
  for (const Case& c : {Case{"", "kept", 2}, Case{"restart_from = \"committed\"\n", "new", 1},
                        Case{"restart_from = \"committed\"\nrestart_init = true\n", "new", 2}}) {
    SCOPED_TRACE(c.settings);
    for_each_scheduler([&](Stage& stage) {
      std::string state = (stage.family.folder() / "state").string();
      ASSERT_TRUE(write_file(state, as_bytes(std::string_view("kept"))));
      std::string manifest = stage.family.add_manifest("leaf");
      ActorId root = stage.family.add_root(
          "kept", declare("a", manifest, "init_state = \"" + state + "\"\n" + c.settings));
      ActorId child = stage.children_of(root).at(0);
      EXPECT_EQ(stage.family.ask(child, "keep new"), "kept");
      stage.family.ask(child, "trap");
      EXPECT_EQ(stage.family.ask(child, "recall"), c.state);
      Told told = stage.family.told(child);
      EXPECT_EQ(told.all<log::Call>().size(), 3 + c.calls);
      EXPECT_EQ(told.all<log::Instance>().at(1).init_runs, c.calls == 2);
    });
  }
}

TEST(Supervised, WaitsLongerEachTimeOnTheVirtualClock) {
  for_each_seed([](Seeded& seeded) {
    std::string manifest = seeded.family.add_manifest("leaf");
    ActorId root = seeded.family.add_root(
        "kept", "[supervision]\nrestarts = 10\nperiod = \"1m\"\n" + declare("a", manifest));
    ActorId child = seeded.children_of(root).at(0);
    for (auto wait : {0ms, 100ms, 200ms, 400ms}) {
      seeded.family.ask(child, "trap");
      uint64_t before = seeded.scheduler.clock().wall_us();
      EXPECT_EQ(seeded.family.ask(child, "ping"), "pong");
      auto waited = std::chrono::microseconds(seeded.scheduler.clock().wall_us() - before);
      EXPECT_GE(waited, wait);
      EXPECT_LT(waited, wait + 50ms);
    }
  });
}

// A child that waits for its second restart.
ActorId waiting_child(Seeded& seeded, const ActorId& root) {
  ActorId child = seeded.children_of(root).at(0);
  seeded.family.ask(child, "trap");
  EXPECT_EQ(seeded.family.ask(child, "ping"), "pong");
  seeded.family.ask(child, "trap");
  while (seeded.family.runtime().status(child)->phase != Phase::kWaiting)
    seeded.scheduler.step();
  return child;
}

constexpr const char* kPatient = "[supervision]\nbackoff = \"1h\"\nbackoff_max = \"1h\"\n";

TEST(Supervised, WhoWaitsCanBeStoppedKilledAndPausedAtOnce) {
  for (const std::string what : {"stop", "kill", "pause"}) {
    SCOPED_TRACE(what);
    for_each_seed([&](Seeded& seeded) {
      std::string manifest = seeded.family.add_manifest("leaf");
      ActorId root = seeded.family.add_root("kept", kPatient + declare("a", manifest));
      uint64_t before = seeded.scheduler.clock().wall_us();
      ActorId child = waiting_child(seeded, root);
      Runtime& runtime = seeded.family.runtime();
      EXPECT_EQ(runtime.status(child)->text(), "Starting: waiting to be restarted");
      if (what == "pause") {
        EXPECT_TRUE(runtime.pause(child, Runtime::Pausing::kAtOnce));
        while (runtime.status(child)->phase != Phase::kPaused)
          ASSERT_TRUE(seeded.scheduler.step());
        EXPECT_EQ(restarts(seeded, child), 2u);
        EXPECT_TRUE(runtime.resume(child));
        EXPECT_EQ(seeded.family.ask(child, "ping"), "pong");
        return;
      }
      EXPECT_TRUE(what == "stop" ? runtime.stop(child) : runtime.kill(child));
      while (!has_ended(seeded, child))
        ASSERT_TRUE(seeded.scheduler.step());
      // Of which it had two, unless the wait was over meanwhile.
      EXPECT_LE(seeded.family.told(child).all<log::Instance>().size(),
                seeded.scheduler.clock().wall_us() - before < 3'600'000'000u ? 2u : 3u);
      EXPECT_TRUE(seeded.children_of(root).empty());
    });
  }
}

TEST(Supervised, AnActorThatEndsDoesNotWaitForABackOff) {
  for_each_seed([](Seeded& seeded) {
    std::string manifest = seeded.family.add_manifest("leaf");
    ActorId root = seeded.family.add_root("kept", kPatient + declare("a", manifest));
    uint64_t before = seeded.scheduler.clock().wall_us();
    ActorId child = waiting_child(seeded, root);
    ASSERT_TRUE(seeded.family.runtime().stop(root));
    while (!has_ended(seeded, root))
      ASSERT_TRUE(seeded.scheduler.step());
    bool is_over = seeded.scheduler.clock().wall_us() - before >= 3'600'000'000u;
    EXPECT_TRUE(is_over || std::holds_alternative<log::EndedFailed>(
                               seeded.family.told(child).all<log::Terminated>().at(0).how));
  });
}

TEST(Supervised, AnInitThatFailsInARestartIsTriedAgain) {
  for_each_seed([](Seeded& seeded) {
    ActorId oracle = seeded.family.add_root();
    std::string text = "call " + oracle.to_string();
    seeded.family.other_states.push_back(text);
    std::string state = (seeded.family.folder() / "state").string();
    ASSERT_TRUE(write_file(state, as_bytes(text)));
    std::string manifest = seeded.family.add_manifest("leaf");
    auto spawned = seeded.family.runtime().spawn(seeded.family.root_request(
        "kept", declare("a", manifest, "init_state = \"" + state + "\"\n")));
    if (!spawned) return;  // The deadline of its question came before the answer.
    ActorId root = spawned->id;
    ActorId child = seeded.children_of(root).at(0);
    ASSERT_TRUE(seeded.family.runtime().stop(oracle));
    run(seeded);
    seeded.family.ask(child, "trap");
    while (!has_ended(seeded, root))
      ASSERT_TRUE(seeded.scheduler.step());
    // The first restart and two more, and then its supervisor gives up.
    EXPECT_EQ(seeded.family.told(child).all<log::Instance>().size(), 4u);
    EXPECT_EQ(seeded.family.runtime().status(root)->failure.find("too many restarts: more than 3"),
              0u)
        << seeded.family.runtime().status(root)->failure;
  });
}

TEST(Supervised, GivesUpLevelByLevel) {
  for_each_scheduler([](Stage& stage) {
    const std::string once = "[supervision]\nrestarts = 1\nperiod = \"1h\"\nbackoff = 0\n";
    std::string leaf = stage.family.add_manifest("leaf");
    std::string middle = stage.family.add_manifest("middle", once + declare("l", leaf));
    ActorId root = stage.family.add_root("kept", once + declare("m", middle));
    ActorId mid = stage.children_of(root).at(0);
    // A leaf is restarted once, then the middle is, with a new leaf, then the root fails.
    for (uint64_t round = 0; round < 2; ++round) {
      EXPECT_EQ(restarts(stage, mid), round);
      ActorId low = stage.children_of(mid).at(0);
      stage.family.ask(low, "trap");
      EXPECT_EQ(stage.family.ask(low, "ping"), "pong");
      run(stage);
      EXPECT_EQ(restarts(stage, low), 1u);
      stage.family.ask(low, "trap");
      run(stage);
      EXPECT_TRUE(has_ended(stage, low));
    }
    EXPECT_TRUE(has_ended(stage, mid));
    EXPECT_TRUE(has_ended(stage, root));
    EXPECT_NE(stage.family.runtime().status(root)->failure.find("too many restarts"),
              std::string::npos);
  });
}

TEST(Supervised, NobodyIsOrphanedWhoeverIsKilled) {
  for (int level = 0; level < 3; ++level) {
    SCOPED_TRACE(level);
    for_each_scheduler([&](Stage& stage) {
      std::string leaf = stage.family.add_manifest("leaf");
      std::string middle = stage.family.add_manifest("middle", declare("ab", leaf));
      ActorId root = stage.family.add_root("kept", declare("ab", middle));
      std::vector<ActorId> middles = stage.children_of(root);
      std::vector<ActorId> leaves = stage.children_of(middles[0]);
      std::vector<ActorId> others = stage.children_of(middles[1]);
      std::vector<ActorId> victims = {root, middles[0], leaves[0]};
      ASSERT_TRUE(stage.family.runtime().kill(victims[static_cast<size_t>(level)]));
      run(stage);
      EXPECT_EQ(has_ended(stage, root), level == 0);
      EXPECT_EQ(has_ended(stage, middles[0]), level <= 1);
      EXPECT_EQ(has_ended(stage, leaves[0]), true);
      EXPECT_EQ(has_ended(stage, leaves[1]), level <= 1);
      EXPECT_EQ(has_ended(stage, others[0]), level == 0);
      // An actor whose life is over gets no other.
      EXPECT_EQ(stage.family.runtime().actors().size(), 7u);
    });
  }
}

TEST(Supervised, ASupervisorThatComesBackHasNewChildren) {
  for_each_scheduler([](Stage& stage) {
    std::string leaf = stage.family.add_manifest("leaf");
    std::string middle = stage.family.add_manifest("middle", declare("ab", leaf));
    ActorId root = stage.family.add_root("kept", declare("m", middle));
    ActorId mid = stage.children_of(root).at(0);
    std::vector<ActorId> before = stage.children_of(mid);
    ActorId spawned = *ActorId::parse(stage.family.ask(mid, "spawn kept"));
    stage.family.ask(mid, "trap");
    std::vector<ActorId> after = stage.children_of(mid);
    EXPECT_EQ(after.size(), 2u);
    for (const ActorId& id : before) {
      EXPECT_TRUE(has_ended(stage, id));
      EXPECT_EQ(std::count(after.begin(), after.end(), id), 0);
    }
    EXPECT_TRUE(has_ended(stage, spawned));
  });
}

TEST(Supervised, AGroupThatDoesNotStopInItsTimeIsForced) {
  for_each_seed([](Seeded& seeded) {
    std::string manifest = seeded.family.add_manifest("leaf");
    ActorId root =
        seeded.family.add_root("kept", "[supervision]\nstrategy = \"one-for-all\"\n" +
                                           declare("ab", manifest, "stop_timeout = \"2s\"\n"));
    std::vector<ActorId> children = seeded.children_of(root);
    tell(seeded, children[1], "spin");
    while (seeded.family.runtime().status(children[1])->phase != Phase::kProcessing)
      seeded.scheduler.step();
    uint64_t before = seeded.scheduler.clock().wall_us();
    seeded.family.ask(children[0], "trap");
    EXPECT_EQ(seeded.family.ask(children[1], "ping"), "pong");
    EXPECT_GE(seeded.scheduler.clock().wall_us() - before, 2'000'000u);
    EXPECT_EQ(restarts(seeded, children), std::vector<uint64_t>({1, 1}));
    Told told = seeded.family.told(children[1]);
    EXPECT_TRUE(std::holds_alternative<log::Restart>(told.all<log::Control>().at(0).operation));
    EXPECT_TRUE(std::holds_alternative<log::FailedKilled>(told.all<log::Failed>().at(0).why));
  });
}

TEST(Supervised, ThoseSpawnedAtRunTimeAreOfTheKindThatIsDeclared) {
  for_each_scheduler([](Stage& stage) {
    ActorId root = stage.family.add_root("kept", "[supervision]\nspawned = \"permanent\"\n");
    ActorId child = *ActorId::parse(stage.family.ask(root, "spawn kept"));
    EXPECT_EQ(stage.family.ask(child, "quit done"), "bye");
    EXPECT_EQ(stage.family.ask(child, "ping"), "pong");
    run(stage);
    EXPECT_EQ(restarts(stage, child), 1u);
  });
}

TEST(Supervised, DeclaredFilesAreReadWithTheRightsOfWhoeverNamedTheManifest) {
  for_each_seed([](Seeded& seeded) {
    testing::Family& family = seeded.family;
    TemporaryFolder elsewhere;
    std::string hidden = (elsewhere.path() / "hidden.toml").string();
    ASSERT_TRUE(write_file(hidden, as_bytes(family.manifest_text())));
    // The operator may read it.
    ActorId root = family.add_root("kept", declare("a", hidden));
    EXPECT_EQ(seeded.children_of(root).size(), 1u);
    // A guest may not, and neither may what it spawns.
    std::string answer = family.ask(root, "spawn-as " + family.manifest_text(declare("a", hidden)));
    EXPECT_NE(answer.find("child `a`"), std::string::npos) << answer;
    EXPECT_NE(answer.find("filesystem"), std::string::npos) << answer;
  });
}

}  // namespace theater::supervised_test
