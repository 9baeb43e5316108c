// Actors that spawn and stop others, under many orders of events.
#include "theater/actor/cell/children.h"

#include "theater/base/file.h"
#include "theater/runtime/testing/seeded_family.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>

namespace theater::children_test {

using testing::Seeded;
using testing::Told;

constexpr uint64_t kSeeds = 40;

template <class Test>
void for_each_seed(Test test) {
  testing::for_each_seed(kSeeds, test);
}

std::vector<ActorId> ended_order(const Told& told) {
  std::vector<ActorId> order;
  for (const log::ChildEnded& gone : told.all<log::ChildEnded>())
    order.push_back(gone.actor);
  return order;
}

TEST(Children, AreOnRecordOnBothSides) {
  for_each_seed([](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    auto child = ActorId::parse(seeded.family.ask(root, "spawn kept"));
    ASSERT_TRUE(child);
    EXPECT_EQ(seeded.family.ask(*child, "id"), child->to_string());
    EXPECT_EQ(seeded.children_of(root), std::vector<ActorId>{*child});
    Told told = seeded.family.told(root);
    EXPECT_EQ(told.outline(),
              "genesis instance call returned call child host returned call host returned");
    EXPECT_EQ(told.all<log::Child>()[0].actor, *child);
    log::Ancestor above = *seeded.family.told(*child).genesis().parent;
    EXPECT_EQ(above.actor, root);
    EXPECT_EQ(above.event, told.hashes[4]) << "the call in which it was asked for";
  });
}

TEST(Children, WhoseInitFailsAreAnErrorAndHaveEnded) {
  for_each_seed([](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    EXPECT_EQ(seeded.family.ask(root, "spawn fail"),
              "error: spawning actor `member`: init returned an error: as it was told");
    EXPECT_NE(seeded.family.ask(root, "spawn trap").find("unreachable"), std::string::npos);
    EXPECT_TRUE(seeded.children_of(root).empty());
    Told told = seeded.family.told(root);
    ASSERT_EQ(told.all<log::Child>().size(), 2u);
    ASSERT_EQ(told.all<log::ChildEnded>().size(), 2u);
    for (const log::ChildEnded& gone : told.all<log::ChildEnded>())
      EXPECT_TRUE(std::holds_alternative<log::EndedFailed>(gone.how));
  });
}

TEST(Children, EndWhenTheirParentStopsThem) {
  for_each_seed([](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    std::string child = seeded.family.ask(root, "spawn kept");
    EXPECT_EQ(seeded.family.ask(root, "stop " + child), "stopped");
    EXPECT_TRUE(seeded.children_of(root).empty());
    EXPECT_EQ(seeded.family.ask(root, "stop " + child),
              "error: " + child + " is not a child of this actor");
    Told gone = seeded.family.told(*ActorId::parse(child));
    log::Control asked = gone.all<log::Control>().at(0);
    EXPECT_TRUE(std::holds_alternative<log::Shutdown>(asked.operation));
    EXPECT_EQ(std::get<log::ByActor>(asked.by).value, root);
    EXPECT_TRUE(std::holds_alternative<log::EndedStopped>(gone.all<log::Terminated>().at(0).how));
  });
}

TEST(Children, OfOthersAreNobodysBusiness) {
  Seeded seeded(1);
  ActorId root = seeded.family.add_root();
  ActorId other = seeded.family.add_root();
  std::string child = seeded.family.ask(other, "spawn kept");
  for (const std::string& id : {child, other.to_string(), root.to_string(), std::string(32, '0')})
    EXPECT_EQ(seeded.family.ask(root, "stop " + id),
              "error: " + id + " is not a child of this actor");
  EXPECT_EQ(seeded.family.ask(*ActorId::parse(child), "ping"), "pong");
}

TEST(Children, ThatDoNotEndAreKilled) {
  for_each_seed([](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    ActorId child = *ActorId::parse(seeded.family.ask(root, "spawn kept"));
    seeded.family.runtime().request(child, as_bytes("spin"), [](const Result<Bytes>&) {});
    // A stop that comes before the call would end the child at once.
    while (seeded.family.runtime().status(child)->phase != Phase::kProcessing)
      seeded.scheduler.step();
    uint64_t before = seeded.scheduler.clock().wall_us();
    EXPECT_EQ(seeded.family.ask(root, "stop " + child.to_string()), "stopped");
    auto waited = std::chrono::microseconds(seeded.scheduler.clock().wall_us() - before);
    EXPECT_GE(waited, Children::kStopDeadline);
    EXPECT_TRUE(std::holds_alternative<log::EndedKilled>(
        seeded.family.told(root).all<log::ChildEnded>().at(0).how));
  });
}

TEST(Children, TellWhatTheyEndedWith) {
  for_each_seed([](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    ActorId child = *ActorId::parse(seeded.family.ask(root, "spawn kept"));
    EXPECT_EQ(seeded.family.ask(child, "quit farewell"), "bye");
    seeded.scheduler.run();
    Told told = seeded.family.told(root);
    auto gone = told.all<log::ChildEnded>();
    ASSERT_EQ(gone.size(), 1u);
    const auto& how = std::get<log::EndedCompleted>(gone[0].how);
    EXPECT_EQ(as_text(log::inline_bytes(*how.value)->view()), "farewell");
  });
}

TEST(Children, EndBeforeTheirParentInReverseOrder) {
  for_each_seed([](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    for (int i = 0; i < 4; ++i)
      seeded.family.ask(root, "spawn kept");
    std::vector<ActorId> children = seeded.children_of(root);
    ASSERT_EQ(children.size(), 4u);
    ASSERT_TRUE(seeded.family.runtime().stop(root));
    // Else the seed may let the deadline come first.
    seeded.scheduler.run_now();
    Told told = seeded.family.told(root);
    std::reverse(children.begin(), children.end());
    EXPECT_EQ(ended_order(told), children);
    EXPECT_TRUE(std::holds_alternative<log::Terminated>(told.events.back().body));
    for (const ActorId& child : children) {
      EXPECT_TRUE(std::holds_alternative<log::EndedStopped>(
          seeded.family.told(child).all<log::Terminated>().at(0).how));
    }
  });
}

TEST(Children, OfAFailedParentAreStoppedAndOfAKilledOneKilled) {
  for_each_seed([](Seeded& seeded) {
    for (bool kills : {false, true}) {
      ActorId root = seeded.family.add_root();
      ActorId child = *ActorId::parse(seeded.family.ask(root, "spawn nest 2"));
      if (kills) {
        ASSERT_TRUE(seeded.family.runtime().kill(root));
      } else {
        seeded.family.runtime().request(root, as_bytes("trap"), [](const Result<Bytes>&) {});
      }
      seeded.scheduler.run_now();
      ASSERT_TRUE(seeded.family.runtime().status(root)->ended);
      auto how = seeded.family.told(child).all<log::Terminated>().at(0).how;
      EXPECT_EQ(std::holds_alternative<log::EndedKilled>(how), kills);
      EXPECT_EQ(std::holds_alternative<log::EndedStopped>(how), !kills);
    }
    for (const ActorId& id : seeded.family.runtime().actors())
      EXPECT_TRUE(seeded.family.runtime().status(id)->ended);
  });
}

TEST(Children, AllTogetherHaveOneDeadlineAtTheirParentsEnd) {
  for_each_seed([](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    for (int i = 0; i < 3; ++i) {
      ActorId child = *ActorId::parse(seeded.family.ask(root, "spawn kept"));
      seeded.family.runtime().request(child, as_bytes("spin"), [](const Result<Bytes>&) {});
      while (seeded.family.runtime().status(child)->phase != Phase::kProcessing)
        seeded.scheduler.step();
    }
    uint64_t before = seeded.scheduler.clock().wall_us();
    ASSERT_TRUE(seeded.family.runtime().stop(root));
    ASSERT_TRUE(seeded.family.runtime().wait_ended(root));
    auto waited = std::chrono::microseconds(seeded.scheduler.clock().wall_us() - before);
    EXPECT_GE(waited, Children::kStopDeadline);
    EXPECT_LT(waited, 2 * Children::kStopDeadline);
    Told told = seeded.family.told(root);
    EXPECT_EQ(told.all<log::ChildEnded>().size(), 3u);
    EXPECT_TRUE(std::holds_alternative<log::EndedStopped>(told.all<log::Terminated>().at(0).how));
  });
}

TEST(Children, SpawnChildrenWhileTheyStart) {
  for_each_seed([](Seeded& seeded) {
    ActorId root = seeded.family.add_root("nest 5");
    EXPECT_EQ(seeded.family.runtime().actors().size(), 6u);
    EXPECT_EQ(seeded.children_of(root).size(), 1u);
  });
}

TEST(Children, AreOfABoundedDepth) {
  Seeded seeded(1);
  auto spawned = seeded.family.runtime().spawn(seeded.family.root_request("nest 65"));
  ASSERT_FALSE(spawned);
  EXPECT_NE(spawned.error().message().find("at depth 64"), std::string::npos)
      << spawned.error().message();
  seeded.expect_right();
  EXPECT_TRUE(seeded.family.runtime().spawn(seeded.family.root_request("nest 64")));
}

TEST(Children, AreOfABoundedNumber) {
  Seeded seeded(1);
  SpawnRequest request = seeded.family.root_request();
  request.manifest.limits.children = 3;
  ActorId root = seeded.family.runtime().spawn(std::move(request))->id;
  for (size_t i = 0; i < 3; ++i)
    ASSERT_TRUE(ActorId::parse(seeded.family.ask(root, "spawn kept")));
  EXPECT_EQ(seeded.family.ask(root, "spawn kept"),
            fmt::format("error: actor {} has 3 children, children = 3: stop one first",
                        root.to_string()));
  auto refused = seeded.family.told(root).all<log::Refused>();
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(std::get<log::RefusedLimit>(refused[0].why).value, "children");
  EXPECT_EQ(seeded.family.ask(root, "stop " + seeded.children_of(root).front().to_string()),
            "stopped");
  EXPECT_TRUE(ActorId::parse(seeded.family.ask(root, "spawn kept")));
}

TEST(Children, AreSpawnedNoFasterThanTheLimit) {
  Seeded seeded(1);
  SpawnRequest request = seeded.family.root_request();
  request.manifest.limits.spawns_per_second = 5;
  ActorId root = seeded.family.runtime().spawn(std::move(request))->id;
  auto cycles = [&] {
    int spawned = 0;
    for (int i = 0; i < 20; ++i) {
      std::string id = seeded.family.ask(root, "spawn kept");
      if (!ActorId::parse(id)) {
        EXPECT_EQ(id, fmt::format("error: actor {} spawns too fast, spawns_per_second = 5: try "
                                  "later",
                                  root.to_string()));
        continue;
      }
      ++spawned;
    }
    return spawned;
  };
  EXPECT_EQ(cycles(), 5);
  seeded.scheduler.clock().advance(std::chrono::milliseconds(400));
  EXPECT_EQ(cycles(), 2);
  EXPECT_EQ(seeded.family.told(root).all<log::Refused>().size(), 33u);
  seeded.expect_right();
}

TEST(Children, ThatAreResumedCountAsSpawned) {
  Seeded seeded(1);
  SpawnRequest request = seeded.family.root_request();
  request.manifest.limits.children = 2;
  request.manifest.budget.descendants = 3;
  ActorId root = seeded.family.runtime().spawn(std::move(request))->id;
  ActorId child = *ActorId::parse(seeded.family.ask(root, "resume kept"));
  ASSERT_TRUE(ActorId::parse(seeded.family.ask(root, "spawn kept")));
  EXPECT_NE(seeded.family.ask(root, "resume kept").find("children = 2"), std::string::npos);
  EXPECT_EQ(seeded.family.ask(root, "stop " + child.to_string()), "stopped");
  ASSERT_TRUE(ActorId::parse(seeded.family.ask(root, "resume kept")));
  EXPECT_EQ(seeded.family.ask(root, "stop " + seeded.children_of(root).front().to_string()),
            "stopped");
  EXPECT_NE(seeded.family.ask(root, "resume kept").find("budget.descendants = 3"),
            std::string::npos);
  EXPECT_EQ(seeded.family.told(root).all<log::Refused>().size(), 2u);
  seeded.expect_right();
}

TEST(Children, HaveNoMoreThanTheOperatorLets) {
  Seeded seeded(1);
  SpawnRequest request = seeded.family.root_request();
  auto capped = Policy::parse("[limits]\nchildren = 1\nmemory_bytes = \"128KiB\"\n", "p.toml", "/");
  ASSERT_TRUE(capped && capped->add_grant("filesystem:read", "/"));
  request.policy = *capped;
  ActorId root = seeded.family.runtime().spawn(std::move(request))->id;
  ActorId child = *ActorId::parse(seeded.family.ask(root, "spawn kept"));
  EXPECT_NE(seeded.family.ask(root, "spawn kept").find("children = 1"), std::string::npos);
  EXPECT_TRUE(ActorId::parse(seeded.family.ask(child, "spawn kept")));
  EXPECT_NE(seeded.family.ask(child, "spawn kept").find("children = 1"), std::string::npos);
  auto instances = seeded.family.told(child).all<log::Instance>();
  EXPECT_EQ(instances.at(0).limits.memory_bytes, uint64_t{128} << 10);
  seeded.expect_right();
}

TEST(Children, UseTheBudgetOfWhoeverIsAboveThem) {
  for_each_seed([](Seeded& seeded) {
    SpawnRequest request = seeded.family.root_request();
    request.manifest.budget.descendants = 3;
    request.manifest.budget.messages = 2;
    ActorId root = seeded.family.runtime().spawn(std::move(request))->id;
    auto refusal = [&](const std::string& what) {
      return fmt::format(
          "error: budget-spent: {} of actor {} is used up, by it and its descendants", what,
          root.to_string());
    };
    ActorId child = *ActorId::parse(seeded.family.ask(root, "spawn kept"));
    ActorId leaf = *ActorId::parse(seeded.family.ask(child, "spawn kept"));
    ASSERT_TRUE(ActorId::parse(seeded.family.ask(leaf, "spawn kept")));
    for (const ActorId& id : {leaf, root, child})
      EXPECT_EQ(seeded.family.ask(id, "spawn kept"), refusal("budget.descendants = 3"));
    // Those that have ended count.
    EXPECT_EQ(seeded.family.ask(root, "stop " + child.to_string()), "stopped");
    EXPECT_EQ(seeded.family.ask(root, "spawn kept"), refusal("budget.descendants = 3"));
    ActorId other = seeded.family.add_root();
    for (int i = 0; i < 2; ++i)
      seeded.family.ask(root, "ask " + other.to_string() + " ping");
    EXPECT_EQ(seeded.family.ask(root, "ask " + other.to_string() + " ping"),
              refusal("budget.messages = 2"));
    EXPECT_EQ(seeded.family.told(root).all<log::Refused>().size(), 3u);
  });
}

TEST(Children, OfARootUseTheBudgetThatTheOperatorGivesIt) {
  Seeded seeded(1);
  SpawnRequest request = seeded.family.root_request();
  auto policy = Policy::parse("[budget]\ndescendants = 1\n", "p.toml", "/");
  ASSERT_TRUE(policy && policy->add_grant("filesystem:read", "/"));
  request.policy = *policy;
  request.manifest.budget.descendants = 100;
  ActorId root = seeded.family.runtime().spawn(std::move(request))->id;
  ActorId child = *ActorId::parse(seeded.family.ask(root, "spawn kept"));
  EXPECT_NE(seeded.family.ask(child, "spawn kept").find("budget.descendants = 1 of actor"),
            std::string::npos);
  seeded.expect_right();
}

TEST(Children, AreRefusedWhereTooManySpawnsWait) {
  Seeded seeded(1, 0);
  ActorId root = seeded.family.add_root();
  EXPECT_NE(seeded.family.ask(root, "spawn kept").find("too many actors are being spawned"),
            std::string::npos);
  seeded.expect_right();
}

TEST(Children, ThatAskTheirParentWhileItWaitsForThemAreToldSo) {
  for_each_seed([](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    seeded.family.other_states = {"call " + root.to_string()};
    std::string answer = seeded.family.ask(root, "spawn call " + root.to_string());
    EXPECT_NE(answer.find("the request would never be answered"), std::string::npos) << answer;
    // No actor waits for another any more.
    ActorId child = *ActorId::parse(seeded.family.ask(root, "spawn kept"));
    std::string asked = seeded.family.ask(child, "ask " + root.to_string() + " ping");
    // The seed may let the deadline of the request come first.
    EXPECT_TRUE(asked == "pong" || asked.find("operation-timeout") != asked.npos) << asked;
    EXPECT_EQ(seeded.family.ask(root, "stop " + child.to_string()), "stopped");
    EXPECT_EQ(seeded.family.ask(root, "ping"), "pong");
  });
}

// Every moment at which a parent can be lost while its child is being made.
TEST(Children, OfALostParentNeverBeginUnrecorded) {
  int unbegun = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    Seeded seeded(seed);
    ActorId root = seeded.family.add_root();
    seeded.family.runtime().request(root, as_bytes("spawn nest 1"), [](const Result<Bytes>&) {});
    for (uint64_t steps = seed % 20; steps > 0; --steps)
      seeded.scheduler.step();
    ASSERT_TRUE(seed % 2 == 0 ? seeded.family.runtime().kill(root)
                              : seeded.family.runtime().stop(root));
    ASSERT_TRUE(seeded.family.runtime().wait_ended(root));
    for (const auto& [id, told] : seeded.chains()) {
      EXPECT_TRUE(seeded.family.runtime().status(id)->ended);
      if (told.outline() == "genesis control terminated") ++unbegun;
    }
    seeded.expect_right();
  }
  EXPECT_GT(unbegun, 0);
}

TEST(Children, AreGoneForMessagesOnceTheyHaveEnded) {
  Seeded seeded(1);
  ActorId root = seeded.family.add_root();
  ActorId child = *ActorId::parse(seeded.family.ask(root, "spawn kept"));
  seeded.family.ask(child, "quit now");
  ASSERT_TRUE(seeded.family.runtime().wait_ended(child));
  EXPECT_EQ(seeded.family.runtime().send(child, {}).error().code(), ErrorCode::kNotFound);
}

struct ChildrenFiles : ::testing::Test {
  std::string spawn_as(const std::string& manifest) {
    return seeded.family.ask(root, "spawn-as " + manifest);
  }
  std::string text(const std::string& component, const std::string& more = "") const {
    return "name = \"child\"\ncomponent = \"" + component + "\"\n" + more +
           "[[handler]]\ntype = \"supervisor\"\n[[handler]]\ntype = \"message-server\"\n";
  }
  std::string path(const std::string& name) const {
    return (seeded.family.folder() / name).string();
  }

  Seeded seeded{1};
  ActorId root = seeded.family.add_root();
};

TEST_F(ChildrenFiles, AreReadUnderTheParentsGrant) {
  ASSERT_TRUE(write_file(path("child.toml"), as_bytes(text("member.wasm"))));
  EXPECT_TRUE(ActorId::parse(spawn_as(path("child.toml"))));
  EXPECT_TRUE(ActorId::parse(spawn_as(text(path("member.wasm")))));
}

TEST_F(ChildrenFiles, OutsideOfItAreRefusedWhetherThereOrNot) {
  TemporaryFolder elsewhere;
  std::string there = (elsewhere.path() / "there.toml").string();
  std::string missing = (elsewhere.path() / "missing.toml").string();
  ASSERT_TRUE(write_file(there, as_bytes(text("member.wasm"))));
  for (const std::string& name : {there, missing}) {
    EXPECT_NE(spawn_as(name).find("Permission denied: filesystem:paths=" + name + ";read"),
              std::string::npos)
        << spawn_as(name);
    // Its manifest asks for the family's folder, and the policy grants that.
    EXPECT_NE(spawn_as(name).find("of the actor that spawns: the policy lacks it: add --grant "),
              std::string::npos)
        << spawn_as(name);
    EXPECT_NE(spawn_as(name).find("; the manifest asks for less: write path = \"" + name + "\""),
              std::string::npos)
        << spawn_as(name);
    EXPECT_NE(spawn_as(text(name)).find("Permission denied"), std::string::npos);
    EXPECT_NE(spawn_as(text(path("member.wasm"), "init_state = \"" + name + "\"\n"))
                  .find("Permission denied"),
              std::string::npos);
  }
}

TEST_F(ChildrenFiles, AreNotReachedByALinkOutOfIt) {
  TemporaryFolder elsewhere;
  ASSERT_TRUE(write_file(elsewhere.path() / "there.toml", as_bytes(text("member.wasm"))));
  std::filesystem::create_symlink(elsewhere.path() / "there.toml", path("link.toml"));
  std::filesystem::create_directory_symlink(elsewhere.path(), path("folder"));
  for (const char* name : {"link.toml", "folder/there.toml", "folder/../folder/there.toml"})
    EXPECT_NE(spawn_as(path(name)).find("Permission denied"), std::string::npos) << name;
}

TEST_F(ChildrenFiles, AreRegularOnes) {
  std::filesystem::create_directory(path("folder.toml"));
  EXPECT_NE(spawn_as(path("folder.toml")).find("is not a regular file"), std::string::npos);
  ASSERT_EQ(::mkfifo(path("pipe.toml").c_str(), 0600), 0);
  EXPECT_NE(spawn_as(path("pipe.toml")).find("is not a regular file"), std::string::npos);
}

TEST_F(ChildrenFiles, OnTheWebNeedTheGrantOfTheHost) {
  seeded.family.web["https://a.example/a.toml"] = text("sha256:" + std::string(64, '0'));
  for (const char* address : {"https://a.example/a.toml", "http://a.example/b#x=y"}) {
    for (const std::string& answer : {spawn_as(address), spawn_as(text(address))}) {
      bool says = answer.find("Permission denied: http-client:hosts=a.example:") != answer.npos ||
                  answer.find("is no pin") != answer.npos;
      EXPECT_TRUE(says) << answer;
    }
  }
  // Not a server was asked.
  EXPECT_TRUE(seeded.family.fetched.empty());
  EXPECT_NE(spawn_as("ftp://a.example/a.toml").find("begins with https://"), std::string::npos);
}

TEST_F(ChildrenFiles, InStoresNeedTheGrantOfTheStore) {
  for (const char* reference : {"store://notes/a", "store://0123456789abcdef0123456789abcdef/a"}) {
    EXPECT_NE(spawn_as(reference).find("Permission denied: store"), std::string::npos);
    EXPECT_NE(spawn_as(text(reference)).find("Permission denied: store"), std::string::npos);
  }
  EXPECT_NE(spawn_as("store://../a").find("is no store id"), std::string::npos);
}

TEST_F(ChildrenFiles, OfInitialStatesAreMergedWithWhatIsGiven) {
  ASSERT_TRUE(write_file(path("state.json"), as_bytes(std::string_view("{\"a\":1}"))));
  auto child = ActorId::parse(
      spawn_as(text(path("member.wasm"), "init_state = \"" + path("state.json") + "\"\n")));
  ASSERT_TRUE(child);
  auto instance = seeded.family.told(*child).all<log::Instance>().at(0);
  EXPECT_EQ(std::get<log::SomeState>(instance.state).value.digest,
            sha256(as_bytes(std::string_view("{\"a\":1}"))));
}

TEST_F(ChildrenFiles, NamedByADigestAreThoseThatTheNodeKeeps) {
  EXPECT_NE(spawn_as(text("sha256:" + std::string(64, '0'))).find("this node keeps no component"),
            std::string::npos);
  EXPECT_NE(spawn_as(text("sha256:short")).find("64 hexadecimal digits"), std::string::npos)
      << spawn_as(text("sha256:short"));
}

TEST_F(ChildrenFiles, GiveAChildNoMoreThanItsParentHas) {
  std::string more = "[[handler]]\ntype = \"environment\"\nallowed_vars = [\"HOME\"]\n";
  std::string answer = spawn_as(text(path("member.wasm"), more));
  EXPECT_NE(answer.find("environment"), std::string::npos) << answer;
  EXPECT_TRUE(answer.starts_with("error: ")) << answer;
  seeded.expect_right();
}

}  // namespace theater::children_test
