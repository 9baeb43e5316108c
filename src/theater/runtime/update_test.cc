// New code for a living root: what stays, what is refused, and what a lost node comes back with.
#include "theater/runtime/testing/lost_node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater::update_test {

using testing::Family;
using ::testing::HasSubstr;
using testing::Told;

using Node = testing::LostNode;

Bytes component(std::string_view name) {
  return to_bytes(name);
}

Manifest manifest_of(const std::string& text) {
  auto manifest = parse_manifest(text, "new.toml", "/");
  EXPECT_TRUE(manifest) << manifest.error().to_string();
  return *std::move(manifest);
}

ActorId add(Node& node, RootRequest root = {}, const std::string& more = "") {
  SpawnRequest request = node.family().root_request("kept", more);
  request.root = std::move(root);
  auto spawned = node.runtime().spawn(std::move(request));
  EXPECT_TRUE(spawned) << spawned.error().to_string();
  return spawned ? spawned->id : ActorId();
}

// To a component that also has intervals.
CodeUpdate to_ticker(Node& node, const std::string& more = "") {
  CodeUpdate update;
  update.manifest = manifest_of(node.family().ticker_text(more));
  update.component = component("ticker");
  update.policy = node.family().policy();
  return update;
}

CodeUpdate to_component(Node& node, std::string_view name) {
  return {.component = component(name), .policy = node.family().policy()};
}

std::string refusal(Node& node, const ActorId& id, CodeUpdate update) {
  auto updated = node.runtime().update(id, std::move(update));
  EXPECT_FALSE(updated);
  return updated ? "" : updated.error().to_string();
}

TEST(Update, KeepsIdChainStateAndMailbox) {
  Node node;
  ActorId id = add(node);
  EXPECT_EQ(node.family().ask(id, "keep three"), "kept");
  auto report = node.runtime().update(id, to_ticker(node), "ada");
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(node.family().ask(id, "recall"), "three");
  EXPECT_EQ(node.family().ask(id, "start a 5"), "started");
  Told told = node.family().told(id);
  EXPECT_THAT(told.outline(),
              HasSubstr("returned control instance call returned call host returned"));
  auto instances = told.all<log::Instance>();
  ASSERT_EQ(instances.size(), 2u);
  EXPECT_EQ(instances[1].why, log::InstanceReason::kUpdate);
  EXPECT_EQ(instances[1].incarnation, 1u);
  EXPECT_FALSE(instances[1].init_runs);
  EXPECT_EQ(instances[1].component, report->component);
  EXPECT_NE(instances[1].component, instances[0].component);
  auto control = told.all<log::Control>().back();
  EXPECT_EQ(control.by, log::Originator(log::ByClient{"ada"}));
  EXPECT_EQ(std::get<log::Updated>(control.operation).manifest,
            sha256(as_bytes(node.family().ticker_text())));
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Update, OfTheComponentAloneKeepsTheManifest) {
  Node node;
  ActorId id = add(node);
  ASSERT_TRUE(node.runtime().update(id, to_component(node, "member")));
  Told told = node.family().told(id);
  EXPECT_EQ(std::get<log::Updated>(told.all<log::Control>().back().operation).manifest,
            told.genesis().manifest);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Update, RestoresWhatHandlersHold) {
  Node node;
  ActorId id = add(node);
  ASSERT_TRUE(node.runtime().update(id, to_ticker(node)));
  EXPECT_EQ(node.family().ask(id, "start a 1000000"), "started");
  ASSERT_TRUE(node.runtime().update(id, to_ticker(node, "version = \"2\"\n")));
  // The interval kept its name, so the update kept it.
  EXPECT_THAT(node.family().ask(id, "start a 1000000"), HasSubstr("error"));
  EXPECT_EQ(node.family().ask(id, "halt a"), "halted");
  node.lose();
  EXPECT_EQ(node.family().ask(id, "start a 1000000"), "started");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Update, ComesBackAfterALoss) {
  Node node;
  ActorId id = add(node, {.name = "one"});
  node.family().ask(id, "keep it");
  ASSERT_TRUE(node.runtime().update(id, to_ticker(node)));
  RecoveryReport report = node.lose();
  ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
  EXPECT_EQ(node.family().ask(id, "recall"), "it");
  EXPECT_EQ(node.family().ask(id, "start a 5"), "started");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Update, ComesBackFromASnapshot) {
  Node node;
  std::string often = "[log]\nsnapshot_events = 4\n";
  ActorId id = add(node, {}, often);
  ASSERT_TRUE(node.runtime().update(id, to_ticker(node, often)));
  for (int i = 0; i < 8; ++i)
    node.family().ask(id, "keep " + std::to_string(i));
  ASSERT_GT(node.family().told(id).all<log::Snapshot>().size(), 1u);
  for (int lives = 0; lives < 3; ++lives) {
    RecoveryReport report = node.lose();
    ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
    EXPECT_EQ(node.family().ask(id, "recall"), "7");
    std::string name = "t" + std::to_string(lives);
    EXPECT_EQ(node.family().ask(id, "start " + name + " 1000000"), "started");
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
}

TEST(Update, GivesTheNewComponentTheGrantsOfTheUpdateAlone) {
  Node node;
  ActorId id = add(node, {.grants = {"environment:vars=HOME"}});
  CodeUpdate update = to_ticker(node);
  ASSERT_TRUE(node.runtime().update(id, update));
  EXPECT_TRUE(node.runtime().root(id)->grants.empty());
  update.grants = {"environment:vars=PATH", "environment:vars=PATH"};
  ASSERT_TRUE(node.runtime().update(id, update));
  std::vector<std::string> wanted{"environment:vars=PATH"};
  EXPECT_EQ(node.runtime().root(id)->grants, wanted);
  node.lose();
  EXPECT_EQ(node.runtime().root(id)->grants, wanted);
  update.grants = {"nothing-like-it"};
  EXPECT_THAT(refusal(node, id, update), HasSubstr("nothing-like-it"));
}

TEST(Update, IsRefusedBeforeAnythingChanges) {
  Node node;
  ActorId id = add(node);
  ASSERT_TRUE(node.runtime().update(id, to_ticker(node)));
  Hash before = node.family().told(id).head;
  // It lacks what is called when an interval is over, and the manifest lists another handler.
  CodeUpdate back = to_component(node, "member");
  back.manifest = manifest_of(node.family().manifest_text());
  EXPECT_THAT(refusal(node, id, back), HasSubstr("lacks the export"));
  back.manifest.reset();
  back.component = component("no such thing");
  EXPECT_THAT(refusal(node, id, back), HasSubstr("not a component"));
  // It imports more than its manifest lists.
  CodeUpdate more = to_component(node, "ticker");
  more.manifest = manifest_of(node.family().manifest_text());
  EXPECT_THAT(refusal(node, id, more), HasSubstr("timing"));
  for (const char* key :
       {"[limits]\nmailbox_messages = 7\n", "[log]\ndurability = \"async\"\n",
        "[supervision]\nrestarts = 9\n", "save_chain = true\n", "[budget]\ndescendants = 5\n"}) {
    std::string table = std::string(key).substr(0, std::string(key).find_first_of("\n "));
    EXPECT_THAT(refusal(node, id, to_ticker(node, key)), HasSubstr(table)) << key;
  }
  EXPECT_THAT(refusal(node, id, to_ticker(node, "description = \"{{default a \\\"x\\\"}}\"\n")),
              HasSubstr("placeholder"));
  EXPECT_EQ(node.family().told(id).head, before);
  EXPECT_EQ(node.family().ask(id, "recall"), "kept");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Update, IsOfRootsWithoutChildren) {
  Node node;
  EXPECT_THAT(refusal(node, node.family().add_root(), to_ticker(node)),
              HasSubstr("not started by an operator"));
  ActorId id = add(node);
  auto child = ActorId::parse(node.family().ask(id, "spawn kept"));
  ASSERT_TRUE(child);
  EXPECT_THAT(refusal(node, *child, to_ticker(node)), HasSubstr("not started by an operator"));
  EXPECT_THAT(refusal(node, id, to_ticker(node)), HasSubstr("has children"));
  EXPECT_EQ(node.family().ask(id, "stop " + child->to_string()), "stopped");
  EXPECT_TRUE(node.runtime().update(id, to_ticker(node)));
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Update, WaitsForTheCallAndIsOneAtATime) {
  Node node;
  ActorId id = add(node, {.restart = RestartKind::kPermanent});
  node.runtime().request(id, as_bytes("spin"), [](auto) {});
  node.scheduler().run_now(50);
  std::vector<std::string> answers;
  auto note = [&](const Result<UpdateReport>& report) {
    answers.push_back(report ? "updated" : report.error().to_string());
  };
  node.runtime().update(id, to_ticker(node), "ada", note);
  node.scheduler().run_now(200);
  node.runtime().update(id, to_ticker(node), "ada", note);
  node.scheduler().run_now(200);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_THAT(answers[0], HasSubstr("another update of it is not over"));
  // The call is cut off, and the update follows the restart.
  ASSERT_TRUE(node.runtime().restart(id, Runtime::Restarting::kAtOnce));
  EXPECT_EQ(node.family().ask(id, "recall"), "kept");
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[1], "updated");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Update, EndsWithTheActor) {
  Node node;
  ActorId id = add(node);
  node.runtime().request(id, as_bytes("spin"), [](auto) {});
  node.scheduler().run_now(50);
  std::optional<std::string> answer;
  node.runtime().update(id, to_ticker(node), "ada", [&](const Result<UpdateReport>& report) {
    answer = report ? "updated" : report.error().to_string();
  });
  node.scheduler().run_now(200);
  ASSERT_TRUE(node.runtime().kill(id));
  ASSERT_TRUE(node.runtime().wait_ended(id));
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, HasSubstr("ended before it was updated"));
  EXPECT_THAT(refusal(node, id, to_ticker(node)), HasSubstr("has ended"));
}

TEST(Update, OfAPausedActorFollowsItsResume) {
  Node node;
  ActorId id = add(node);
  ASSERT_TRUE(node.runtime().pause(id, Runtime::Pausing::kAtOnce));
  bool is_done = false;
  node.runtime().update(id, to_ticker(node), "ada",
                        [&](const Result<UpdateReport>& report) { is_done = report.has_value(); });
  node.scheduler().run_now(200);
  EXPECT_FALSE(is_done);
  ASSERT_TRUE(node.runtime().resume(id));
  EXPECT_EQ(node.family().ask(id, "start a 5"), "started");
  EXPECT_TRUE(is_done);
}

TEST(Update, AFailureAfterItLeavesTheNewCode) {
  Node node;
  ActorId id = add(node, {.restart = RestartKind::kPermanent});
  ASSERT_TRUE(node.runtime().update(id, to_ticker(node)));
  EXPECT_THAT(node.family().ask(id, "trap"), HasSubstr("error"));
  EXPECT_EQ(node.family().ask(id, "start a 5"), "started");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

// The manifest of a filer whose folder is missing, so that no session can be opened.
CodeUpdate to_filer(Node& node) {
  std::string text = node.family().ticker_text();
  std::string path = node.family().folder().string() + "\"\n";
  text.insert(text.rfind(path) + path.size() - 2, "/gone");
  CodeUpdate update = to_component(node, "filer");
  update.manifest = manifest_of(text);
  return update;
}

TEST(Update, ThatCannotBeSetUpLeavesTheOldCode) {
  Node node;
  ActorId id = add(node);
  ASSERT_TRUE(node.runtime().update(id, to_ticker(node)));
  EXPECT_EQ(node.family().ask(id, "keep it"), "kept");
  EXPECT_EQ(node.family().ask(id, "start a 1000000"), "started");
  auto before = node.family().told(id).all<log::Instance>().back();
  EXPECT_THAT(refusal(node, id, to_filer(node)), HasSubstr("keeps the code that it had"));
  Told told = node.family().told(id);
  EXPECT_EQ(told.all<log::Instance>().back().component, before.component);
  EXPECT_EQ(told.all<log::Control>().back().by, log::Originator(log::ByRuntime{}));
  for (int lives = 0; lives < 2; ++lives) {
    EXPECT_EQ(node.family().ask(id, "recall"), "it");
    EXPECT_THAT(node.family().ask(id, "start a 1000000"), HasSubstr("error"));
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
    node.lose();
  }
  EXPECT_TRUE(node.runtime().update(id, to_ticker(node)));
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

// A node that is lost anywhere in an update has the old code or the new, and nothing else.
TEST(Update, IsWholeOrNotAtAllWhereverTheNodeIsLost) {
  bool was_old = false;
  bool was_new = false;
  for (uint64_t events = 0; events < 6; ++events) {
    SCOPED_TRACE(events);
    Node node;
    ActorId id = add(node);
    node.family().ask(id, "keep it");
    node.lose_after(events);
    node.runtime().update(id, to_ticker(node), "ada", [](const auto&) {});
    node.scheduler().run(500);
    RecoveryReport report = node.lose();
    ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
    EXPECT_EQ(node.family().ask(id, "recall"), "it");
    auto last = node.family().told(id).all<log::Instance>().back();
    bool is_new = last.component != node.family().told(id).all<log::Instance>().front().component;
    (is_new ? was_new : was_old) = true;
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
    // The actor can be updated again.
    EXPECT_TRUE(node.runtime().update(id, to_ticker(node)));
    node.lose();
    EXPECT_EQ(node.family().ask(id, "start a 5"), "started");
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
  EXPECT_TRUE(was_old);
  EXPECT_TRUE(was_new);
}

TEST(Update, LosesNoMessageThatArrivesMeanwhile) {
  Node node;
  ActorId id = add(node);
  std::atomic<int> answered = 0;
  for (int i = 0; i < 60; ++i) {
    node.runtime().request(id, as_bytes("ping"), [&](const Result<Bytes>& answer) {
      answered += answer && as_text(*answer) == "pong" ? 1 : 0;
    });
    if (i % 12 == 0) node.runtime().update(id, to_ticker(node), "ada", [](const auto&) {});
    node.scheduler().run_now(7);
  }
  // Answers leave in the order of their calls, when these are on disk.
  EXPECT_EQ(node.family().ask(id, "ping"), "pong");
  EXPECT_EQ(answered, 60);
  EXPECT_GT(node.runtime().status(id)->restarts, 0u);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

}  // namespace theater::update_test
