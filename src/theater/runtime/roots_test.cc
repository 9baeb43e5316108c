// Actors without a parent that the node supervises: their names, grants and restarts, on record and
// over a loss of the node.
#include "theater/runtime/root_info.h"
#include "theater/runtime/testing/lost_node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace theater::roots_test {

using testing::Family;
using ::testing::HasSubstr;
using testing::Told;

using Node = testing::LostNode;

TEST(RootNames, AreNoIdsAndNoPaths) {
  for (const char* name : {"counter", "Counter 2", "a:b", "0123abc", "Z\xc3\xa4hler"})
    EXPECT_TRUE(check_root_name(name)) << name;
  EXPECT_TRUE(check_root_name(std::string(kRootNameMax, 'a')));
  for (std::string name :
       {std::string(), std::string("a/b"), std::string("a@-1"), std::string("a\nb"),
        std::string("a\0b", 3), std::string("a\x7f"), std::string("a\xc2\x85"), std::string("\xff"),
        std::string(32, 'a'), std::string(kRootNameMax + 1, 'a'),
        std::string("00112233-4455-6677-8899-aabbccddeeff")}) {
    auto checked = check_root_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(RootGrants, AreRecordedInOneForm) {
  auto grants = canonical_grants({"timing", "environment:vars=B,A", "timing"});
  ASSERT_TRUE(grants) << grants.error().to_string();
  ASSERT_EQ(grants->size(), 2u);
  EXPECT_THAT((*grants)[0], HasSubstr("environment:"));
  EXPECT_FALSE(canonical_grants({"no-such-capability"}));
}

SpawnRequest request_for(const Family& family, RootRequest root, const std::string& more = "",
                         const std::string& policy = "") {
  SpawnRequest request = family.root_request("kept", more);
  if (!policy.empty()) {
    request.policy = *Policy::parse(policy, "policy.toml", "/");
    EXPECT_TRUE(
        request.policy.add_grant("filesystem:paths=" + family.folder().string() + ";read", "/"));
  }
  request.root = std::move(root);
  return request;
}

ActorId add(Node& node, RootRequest root, const std::string& policy = "") {
  auto spawned = node.runtime().spawn(request_for(node.family(), std::move(root), "", policy));
  EXPECT_TRUE(spawned) << spawned.error().to_string();
  return spawned ? spawned->id : ActorId();
}

TEST(Roots, AreOnRecordAsTheyWereStarted) {
  Node node;
  log::Once once{sha256(as_bytes("key")), sha256(as_bytes("what"))};
  ActorId id = add(node, {.name = "first",
                          .restart = RestartKind::kTransient,
                          .grants = {"environment:vars=HOME", "environment:vars=HOME"},
                          .once = once,
                          .by = log::ByClient{"token of ada"}});
  Told told = node.family().told(id);
  EXPECT_TRUE(told.outline().starts_with("genesis control instance")) << told.outline();
  auto control = std::get<log::Control>(told.events[1].body);
  EXPECT_EQ(control.by, log::Originator(log::ByClient{"token of ada"}));
  auto started = std::get<log::Started>(control.operation);
  EXPECT_EQ(started.name, "first");
  EXPECT_EQ(started.restart, "transient");
  EXPECT_EQ(started.grants, std::vector<std::string>{"environment:vars=HOME"});
  EXPECT_EQ(started.once, once);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  // One that is started without a word has none.
  ActorId other = node.family().add_root();
  EXPECT_EQ(node.family().told(other).outline(), "genesis instance call returned");
  EXPECT_FALSE(node.runtime().root(other));
}

TEST(Roots, HaveANameToThemselvesWhileTheyLive) {
  Node node;
  ActorId id = add(node, {.name = "only"});
  EXPECT_EQ(node.runtime().root_named("only"), id);
  EXPECT_EQ(node.runtime().root(id)->name, "only");
  auto second = node.runtime().spawn(request_for(node.family(), {.name = "only"}));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_THAT(second.error().to_string(), HasSubstr(id.to_string()));
  auto refused = node.runtime().spawn(request_for(node.family(), {.name = "a/b"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(node.runtime().stop(id));
  ASSERT_TRUE(node.runtime().wait_ended(id));
  EXPECT_FALSE(node.runtime().root_named("only"));
  EXPECT_EQ(node.runtime().root(id)->name, "only") << "the last ones are known for a while";
  EXPECT_NE(add(node, {.name = "only"}), id);
  // A start that fails frees the name.
  SpawnRequest failing = request_for(node.family(), {.name = "unlucky"});
  failing.state = to_bytes(std::string_view("fail"));
  EXPECT_FALSE(node.runtime().spawn(std::move(failing)));
  EXPECT_FALSE(node.runtime().root_named("unlucky"));
}

TEST(Roots, ComeBackAsTheirKindSays) {
  struct Case {
    RestartKind kind;
    bool after_trap;
    bool after_quit;
  };
  for (Case each :
       {Case{RestartKind::kTemporary, false, false}, Case{RestartKind::kTransient, true, false},
        Case{RestartKind::kPermanent, true, true}}) {
    SCOPED_TRACE(restart_kind_name(each.kind));
    for (bool traps : {true, false}) {
      Node node;
      ActorId id = add(node, {.name = "root", .restart = each.kind});
      EXPECT_EQ(node.family().ask(id, "keep this"), "kept");
      (void)node.family().ask(id, traps ? "trap" : "quit done");
      node.scheduler().run();
      bool returns = traps ? each.after_trap : each.after_quit;
      EXPECT_EQ(!node.runtime().status(id)->ended, returns);
      EXPECT_EQ(node.runtime().root_named("root").has_value(), returns);
      // From its initial state, and `init` runs.
      EXPECT_EQ(node.what_is_wrong(), std::nullopt);
      if (!returns) continue;
      EXPECT_EQ(node.family().ask(id, "recall"), "kept");
      EXPECT_EQ(node.family().told(id).all<log::Instance>().size(), 2u);
    }
  }
}

TEST(Roots, AreRestartedWhenAClientSaysSo) {
  for (auto kind : {RestartKind::kTemporary, RestartKind::kTransient, RestartKind::kPermanent}) {
    SCOPED_TRACE(restart_kind_name(kind));
    Node node;
    // The first restart counts as no failure, so none is too many.
    ActorId id = add(node, {.restart = kind}, "[supervision]\nrestarts = 0\n");
    for (uint64_t restarts : {1u, 2u}) {
      EXPECT_EQ(node.family().ask(id, "keep this"), "kept");
      auto restarted = node.runtime().restart(id, Runtime::Restarting::kWhenFree, "token ci");
      ASSERT_TRUE(restarted) << restarted.error().to_string();
      EXPECT_EQ(node.runtime().status(id)->restarts, restarts);
      EXPECT_EQ(node.family().ask(id, "recall"), "kept");
    }
    log::Control control{log::Restart{}, log::ByClient{"token ci"}};
    EXPECT_THAT(node.family().told(id).all<log::Control>(), ::testing::Contains(control).Times(2));
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
    EXPECT_EQ(node.lose().actors, 1u);
    EXPECT_TRUE(node.runtime().restart(id, Runtime::Restarting::kWhenFree));
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
}

TEST(Roots, AreRestartedInTheMiddleOfACallByForceOnly) {
  Node node;
  ActorId id = add(node, {});
  int answers = 0;
  auto done = [&](const Result<void>& result) {
    EXPECT_TRUE(result) << result.error().to_string();
    ++answers;
  };
  std::optional<Result<Bytes>> reply;
  node.runtime().request(id, as_bytes("spin"), [&](Result<Bytes> got) { reply = std::move(got); });
  node.scheduler().run(20);
  node.runtime().restart(id, Runtime::Restarting::kWhenFree, "one", done);
  node.scheduler().run(20);
  EXPECT_EQ(answers, 0);
  node.runtime().restart(id, Runtime::Restarting::kAtOnce, "other", done);
  node.scheduler().run();
  // The answers wait for the disk.
  ASSERT_TRUE(node.log().flush());
  EXPECT_EQ(answers, 2);
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->error().to_string(), HasSubstr("failed: killed"));
  EXPECT_EQ(node.family().told(id).all<log::Instance>().size(), 2u);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Roots, SayWhyTheyAreNotRestarted) {
  Node node;
  auto why_not = [&](const ActorId& id) {
    auto restarted = node.runtime().restart(id, Runtime::Restarting::kWhenFree);
    EXPECT_FALSE(restarted);
    return restarted ? "" : restarted.error().to_string();
  };
  EXPECT_THAT(why_not(node.family().add_root()), HasSubstr("has no supervisor"));
  ActorId id = add(node, {});
  std::string answer;
  node.runtime().request(id, as_bytes("spin"), [](auto) {});
  node.scheduler().run(20);
  node.runtime().restart(id, Runtime::Restarting::kWhenFree, "one", [&](Result<void> done) {
    answer = done ? "restarted" : done.error().to_string();
  });
  EXPECT_TRUE(node.runtime().kill(id));
  node.scheduler().run();
  ASSERT_TRUE(node.log().flush());
  EXPECT_THAT(answer, HasSubstr("ended before it was restarted"));
  EXPECT_THAT(why_not(id), HasSubstr("has ended"));
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Roots, HaveChildrenThatAClientRestarts) {
  Node node;
  ActorId root = add(node, {});
  ActorId child = *ActorId::parse(node.family().ask(root, "spawn kept"));
  EXPECT_EQ(node.family().ask(child, "keep this"), "kept");
  ASSERT_TRUE(node.runtime().restart(child, Runtime::Restarting::kAtOnce));
  EXPECT_EQ(node.family().ask(child, "recall"), "kept");
  EXPECT_EQ(node.runtime().status(child)->restarts, 1u);
  EXPECT_EQ(node.runtime().status(root)->restarts, 0u);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Roots, ComeBackWithTheStateThatThePolicySays) {
  Node node;
  ActorId id = add(node, {.restart = RestartKind::kPermanent},
                   "[supervision]\nrestart_from = \"committed\"\n");
  EXPECT_EQ(node.family().ask(id, "keep this"), "kept");
  (void)node.family().ask(id, "trap");
  EXPECT_EQ(node.family().ask(id, "recall"), "this");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Roots, EndAfterTooManyRestartsAndAlone) {
  Node node;
  std::string policy = "[supervision]\nrestarts = 2\nperiod = \"1h\"\nbackoff = 0\n";
  ActorId id = add(node, {.restart = RestartKind::kPermanent}, policy);
  ActorId other = add(node, {.restart = RestartKind::kPermanent}, policy);
  for (int i = 0; i < 2; ++i) {
    (void)node.family().ask(id, "trap");
    (void)node.family().ask(other, "trap");
    EXPECT_EQ(node.family().ask(id, "ping"), "pong");
    EXPECT_EQ(node.family().ask(other, "ping"), "pong");
  }
  (void)node.family().ask(id, "trap");
  auto end = node.runtime().wait_ended(id);
  ASSERT_TRUE(end);
  EXPECT_TRUE(std::holds_alternative<log::EndedFailed>(end->how));
  EXPECT_THAT(end->failure, HasSubstr("too many restarts: more than 2 within 3600000 ms"));
  EXPECT_EQ(node.family().ask(other, "ping"), "pong");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Roots, WaitLongerBeforeEachRestart) {
  Node node;
  ActorId id = add(
      node, {.restart = RestartKind::kPermanent},
      "[supervision]\nrestarts = 9\nperiod = \"1h\"\nbackoff = \"10s\"\nbackoff_max = \"1m\"\n");
  auto time_of_restart = [&] {
    // The clock moves whenever no task is left, also while an answer waits for the disk.
    auto before = node.scheduler().clock().monotonic();
    (void)node.family().ask(id, "trap");
    EXPECT_EQ(node.family().ask(id, "ping"), "pong");
    return node.scheduler().clock().monotonic() - before;
  };
  EXPECT_LT(time_of_restart(), std::chrono::seconds(10));
  EXPECT_GE(time_of_restart(), std::chrono::seconds(10));
  EXPECT_GE(time_of_restart(), std::chrono::seconds(20));
}

TEST(Roots, EndForGoodWhenSomebodySaysSo) {
  Node node;
  ActorId stopped = add(node, {.restart = RestartKind::kPermanent});
  ActorId killed = add(node, {.restart = RestartKind::kPermanent});
  ASSERT_TRUE(node.runtime().stop(stopped));
  ASSERT_TRUE(node.runtime().kill(killed));
  EXPECT_TRUE(node.runtime().wait_ended(stopped));
  EXPECT_TRUE(node.runtime().wait_ended(killed));
  EXPECT_EQ(node.lose().actors, 0u);
}

TEST(Roots, KeepNameRestartAndGrantsOverTheNodesEnd) {
  for (bool closes : {false, true}) {
    Node node;
    std::string more = "[[handler]]\ntype = \"environment\"\nallowed_vars = [\"HOME\"]\n";
    auto spawned = node.runtime().spawn(request_for(
        node.family(),
        {.name = "root", .restart = RestartKind::kPermanent, .grants = {"environment:vars=HOME"}},
        more + "[log]\nsnapshot_events = 10\n"));
    ASSERT_TRUE(spawned) << spawned.error().to_string();
    ActorId id = spawned->id;
    // With a snapshot, recovery does not read the beginning of the chain.
    for (int i = 0; i < 20; ++i)
      node.family().ask(id, "keep " + std::to_string(i));
    EXPECT_FALSE(node.family().told(id).all<log::Snapshot>().empty());
    for (int round = 0; round < 2; ++round) {
      RecoveryReport report = closes ? node.close() : node.lose();
      ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
      EXPECT_EQ(node.runtime().root_named("root"), id);
      EXPECT_EQ(node.runtime().root(id)->restart, RestartKind::kPermanent);
      EXPECT_EQ(node.runtime().root(id)->grants, std::vector<std::string>{"environment:vars=HOME"});
      auto instances = node.family().told(id).all<log::Instance>();
      EXPECT_THAT(instances.back().grants, ::testing::Contains("environment:vars=HOME"));
      EXPECT_EQ(node.family().ask(id, "recall"), round == 0 ? "19" : "kept");
      (void)node.family().ask(id, "trap");
      EXPECT_EQ(node.family().ask(id, "recall"), "kept");
      EXPECT_EQ(node.what_is_wrong(), std::nullopt);
    }
    // Another actor has no part in them.
    auto other = node.runtime().spawn(node.family().root_request("kept", more));
    EXPECT_FALSE(other);
  }
}

TEST(Roots, ThatHadEndedThemselvesComeBackAfterALoss) {
  for (RestartKind kind : {RestartKind::kPermanent, RestartKind::kTransient}) {
    Node node;
    ActorId id =
        add(node, {.restart = kind}, "[supervision]\nperiod = \"1h\"\nbackoff = \"30m\"\n");
    bool is_permanent = kind == RestartKind::kPermanent;
    (void)node.family().ask(id, is_permanent ? "trap" : "ping");
    (void)node.family().ask(id, "ping");
    // Lost while it waits for its second restart, or before its end is on record.
    node.runtime().request(id, as_bytes("quit done"), [](auto) {});
    node.scheduler().run_now(200);
    RecoveryReport report = node.lose();
    EXPECT_EQ(report.actors, is_permanent ? 1u : 0u);
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
}

}  // namespace theater::roots_test
