// Children that continue from a state without `init`, and children that are restarted.
#include "theater/base/file.h"
#include "theater/runtime/testing/seeded_family.h"

#include <gtest/gtest.h>

namespace theater::resume_test {

using testing::Family;
using testing::Seeded;
using testing::Told;

constexpr uint64_t kSeeds = 20;

Hash state_of(const log::Instance& instance) {
  return std::get<log::SomeState>(instance.state).value.digest;
}

TEST(Resumed, ChildrenGoOnFromTheirStateAndInitDoesNotRun) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    // With any of these `init` would fail, or never return.
    for (std::string state : {"fail", "trap", "spin", ""}) {
      ActorId child = *ActorId::parse(seeded.family.ask(root, "resume " + state));
      EXPECT_EQ(seeded.family.told(child).outline(), "genesis instance");
      log::Instance instance = seeded.family.told(child).all<log::Instance>().at(0);
      EXPECT_FALSE(instance.init_runs);
      EXPECT_EQ(instance.why, log::InstanceReason::kStart);
      EXPECT_EQ(state_of(instance), sha256(as_bytes(state)));
      EXPECT_EQ(seeded.family.ask(root, "state " + child.to_string()), state);
      EXPECT_EQ(seeded.family.ask(child, "ping"), "pong");
    }
  });
}

TEST(Resumed, ChildrenHaveNothingOfTheirManifestsInitialState) {
  Seeded seeded(1);
  ActorId root = seeded.family.add_root();
  auto path = seeded.family.folder() / "state.json";
  ASSERT_TRUE(write_file(path, as_bytes(std::string_view("{\"a\":1}"))));
  std::string manifest = seeded.family.manifest_text("init_state = \"" + path.string() + "\"\n");
  ActorId child = *ActorId::parse(seeded.family.ask(root, "resume-as " + manifest));
  EXPECT_EQ(seeded.family.ask(root, "state " + child.to_string()), "left");
  seeded.expect_right();
}

TEST(Restarted, ChildrenHaveAFreshInstanceFromTheirInitialState) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    ActorId child = seeded.add_child(root);
    ActorId grandchild = seeded.add_child(child);
    seeded.family.ask(grandchild, "quit bye");
    seeded.scheduler.run();
    std::string id = child.to_string();
    EXPECT_NE(seeded.family.ask(root, "state " + id), "kept");
    EXPECT_EQ(seeded.family.ask(root, "restart " + id), "restarted");
    EXPECT_EQ(seeded.family.ask(root, "state " + id), "kept");
    EXPECT_EQ(seeded.family.ask(child, "ping"), "pong");
    auto instances = seeded.family.told(child).all<log::Instance>();
    ASSERT_EQ(instances.size(), 2u);
    EXPECT_EQ(instances[1].why, log::InstanceReason::kRestart);
    EXPECT_TRUE(instances[1].init_runs);
    // The parent that asked for it is told by the answer only.
    EXPECT_EQ(seeded.family.ask(root, "news"), "");
  });
}

TEST(Restarted, ResumedChildrenGoOnFromTheSameStateAgain) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    ActorId child = *ActorId::parse(seeded.family.ask(root, "resume fail"));
    EXPECT_EQ(seeded.family.ask(root, "restart " + child.to_string()), "restarted");
    auto instances = seeded.family.told(child).all<log::Instance>();
    ASSERT_EQ(instances.size(), 2u);
    EXPECT_FALSE(instances[1].init_runs);
    EXPECT_EQ(state_of(instances[1]), sha256(as_bytes(std::string_view("fail"))));
    EXPECT_EQ(seeded.family.ask(child, "ping"), "pong");
  });
}

TEST(Restarted, StrangersAreNot) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    ActorId child = seeded.add_child(root);
    ActorId grandchild = seeded.add_child(child);
    ActorId other = seeded.add_child(seeded.family.add_root());
    ActorId gone = seeded.add_child(root);
    seeded.family.ask(root, "stop " + gone.to_string());
    for (const ActorId& id : {root, grandchild, other, gone}) {
      EXPECT_EQ(seeded.family.ask(root, "restart " + id.to_string()),
                "error: " + id.to_string() + " is not a child of this actor");
    }
    for (const ActorId& id : {child, grandchild, other})
      EXPECT_EQ(seeded.family.told(id).all<log::Instance>().size(), 1u);
  });
}

// A root whose children come back whatever happens.
ActorId add_supervisor(Seeded& seeded) {
  SpawnRequest request = seeded.family.root_request();
  request.manifest = *parse_manifest(
      seeded.family.manifest_text("[supervision]\nspawned = \"permanent\"\n"), "root.toml", "/");
  return seeded.family.runtime().spawn(request)->id;
}

TEST(Restarted, ChildrenAreNewsEachTimeTheyAreLost) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Family& family = seeded.family;
    ActorId root = add_supervisor(seeded);
    ActorId child = seeded.add_child(root);
    std::string id = child.to_string();
    family.runtime().request(child, as_bytes("trap"), [](const Result<Bytes>&) {});
    while (family.runtime().status(child)->restarts < 1)
      seeded.scheduler.step();
    EXPECT_EQ(family.ask(child, "quit once"), "bye");
    while (family.runtime().status(child)->restarts < 2)
      seeded.scheduler.step();
    EXPECT_EQ(family.ask(child, "ping"), "pong");
    ASSERT_TRUE(family.runtime().kill(child));
    ASSERT_TRUE(family.runtime().wait_ended(child));
    seeded.scheduler.run();
    std::istringstream news(family.ask(root, "news"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(news, line);)
      lines.push_back(line);
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_TRUE(lines[0].starts_with("error " + id + " ")) << lines[0];
    EXPECT_EQ(lines[1], "exit " + id + " once");
    EXPECT_EQ(lines[2], "stop " + id);
  });
}

TEST(Restarted, ChildrenOfAParentWithAFullMailboxAreLostUntold) {
  Seeded seeded(1);
  Family& family = seeded.family;
  SpawnRequest request = family.root_request();
  request.manifest = *parse_manifest(
      family.manifest_text("[limits]\nmailbox_messages = 2\n[supervision]\nspawned = "
                           "\"permanent\"\nrestarts = 100\nbackoff = \"0ms\"\n"),
      "root.toml", "/");
  ActorId root = family.runtime().spawn(request)->id;
  ActorId child = seeded.add_child(root);
  ASSERT_TRUE(family.runtime().pause(root, Runtime::Pausing::kWhenFree));
  for (uint64_t losses = 1; losses <= 5; ++losses) {
    family.runtime().request(child, as_bytes("trap"), [](const Result<Bytes>&) {});
    while (family.runtime().status(child)->restarts < losses)
      seeded.scheduler.step();
  }
  EXPECT_EQ(family.runtime().status(root)->mailbox_waiting, 2u);
  // Its end has a place, whatever waits.
  ASSERT_TRUE(family.runtime().kill(child));
  ASSERT_TRUE(family.runtime().wait_ended(child));
  seeded.scheduler.run_now();
  EXPECT_EQ(family.runtime().status(root)->mailbox_waiting, 3u);
  ASSERT_TRUE(family.runtime().resume(root));
  seeded.scheduler.run_now();
  std::string news = family.ask(root, "news");
  EXPECT_TRUE(news.ends_with("\nstop " + child.to_string())) << news;
  seeded.expect_right();
}

TEST(Restarted, ChildrenThatAreKilledWhileTheyWaitForItAreNewsOnceMore) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Family& family = seeded.family;
    ActorId root = add_supervisor(seeded);
    ActorId child = seeded.add_child(root);
    // The second restart has a back-off.
    for (uint64_t restarts : {1u, 2u}) {
      family.runtime().request(child, as_bytes("trap"), [](const Result<Bytes>&) {});
      if (restarts == 2) break;
      while (family.runtime().status(child)->restarts < restarts)
        seeded.scheduler.step();
    }
    while (family.told(root).all<log::Call>().size() < 4)
      seeded.scheduler.step();
    bool waits = family.runtime().status(child)->restarts == 1;
    ASSERT_TRUE(family.runtime().kill(child));
    ASSERT_TRUE(family.runtime().wait_ended(child));
    seeded.scheduler.run();
    std::string news = family.ask(root, "news");
    EXPECT_TRUE(news.ends_with("\nstop " + child.to_string())) << waits << ": " << news;
    EXPECT_EQ(std::count(news.begin(), news.end(), '\n'), 2) << news;
  });
}

}  // namespace theater::resume_test
