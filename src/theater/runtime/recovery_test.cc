// A node that is lost at any moment recovers. The test copies its home while nothing changes on
// disk, as a crash would leave it, and another runtime begins on the copy.
//
// THEATER_SEEDS says how many seeds are tried, from THEATER_SEED on.
#include "theater/runtime/recovery.h"

#include "theater/base/file_faults.h"
#include "theater/runtime/testing/lost_node.h"
#include "theater/runtime/testing/random_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

namespace theater::recovery_test {

using testing::Family;
using testing::from_environment;
using ::testing::HasSubstr;
using testing::one_of;
using testing::random_tree;
using testing::Told;

using Node = testing::LostNode;

TEST(Recovery, ANodeWithoutActorsHasNothingToGoOnWith) {
  Node node;
  RecoveryReport report = node.lose();
  EXPECT_EQ(report.actors + report.ended.size() + report.delivered, 0u);
  EXPECT_TRUE(report.roots.empty());
}

TEST(Recovery, AnActorKeepsItsIdItsChainAndItsState) {
  Node node;
  ActorId id = node.family().add_root();
  EXPECT_EQ(node.family().ask(id, "keep three"), "kept");
  Hash before = node.family().told(id).head;
  RecoveryReport report = node.lose();
  ASSERT_EQ(report.roots.size(), 1u);
  EXPECT_EQ(report.roots[0].id, id);
  EXPECT_EQ(node.family().ask(id, "recall"), "three");
  Told told = node.family().told(id);
  EXPECT_EQ(told.outline(), "genesis instance call returned call returned instance call returned");
  EXPECT_EQ(told.hashes[5], before);
  auto instance = std::get<log::Instance>(told.events[6].body);
  EXPECT_EQ(instance.why, log::InstanceReason::kRecover);
  EXPECT_EQ(instance.incarnation, 1u);
  EXPECT_FALSE(instance.init_runs);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Recovery, AsksNoServerForWhatAnActorStartedFrom) {
  Node node;
  Family& family = node.family();
  ActorId root = family.add_root("kept", "[[handler]]\ntype = \"http-client\"\n");
  std::string more = "init_state = \"s.json\"\ndescription = \"{{a}}\"\n";
  family.web["https://a.example/child.toml"] =
      "name = \"child\"\ncomponent = \"child.wasm\"\nstate = \"explicit\"\n" + more +
      "[[handler]]\ntype = \"supervisor\"\n[[handler]]\ntype = \"message-server\"\n";
  family.web["https://a.example/child.wasm"] = "member";
  family.web["https://a.example/s.json"] = "{\"a\":\"text\"}";
  family.other_states = {"{\"a\":\"text\"}", "left"};
  auto made = [&](const char* how) {
    return ActorId::parse(family.ask(root, how + std::string(" https://a.example/child.toml")));
  };
  auto started = made("spawn-as");
  // Its placeholders were filled in from a state that it never had.
  auto resumed = made("resume-as");
  ASSERT_TRUE(started && resumed);
  family.web.clear();
  family.fetched.clear();
  RecoveryReport report = node.lose();
  ASSERT_TRUE(report.lost.empty()) << report.lost.at(0).why.to_string();
  EXPECT_EQ(report.actors, 3u);
  EXPECT_EQ(family.ask(*started, "recall"), "{\"a\":\"text\"}");
  EXPECT_EQ(family.ask(*resumed, "recall"), "left");
  EXPECT_EQ(family.ask(root, "restart " + started->to_string()), "restarted");
  EXPECT_TRUE(family.fetched.empty());
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Recovery, IsRepeatedAsOftenAsTheNodeIsLost) {
  Node node;
  ActorId id = node.family().add_root();
  for (int i = 0; i < 4; ++i) {
    node.family().ask(id, "keep " + std::to_string(i));
    node.lose();
    EXPECT_EQ(node.family().ask(id, "recall"), std::to_string(i));
  }
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Recovery, ACallInProgressFailedWithTheNode) {
  Node node;
  ActorId id = node.family().add_root();
  ActorId other = node.family().add_root();
  node.family().ask(id, "keep this");
  // One waits for the other, which gives way for ever.
  node.runtime().request(id, as_bytes("ask " + other.to_string() + " spin"), [](auto) {});
  node.scheduler().run_now(200);
  node.lose();
  EXPECT_EQ(node.family().ask(id, "recall"), "this");
  EXPECT_EQ(node.family().ask(other, "ping"), "pong");
  Told asking = node.family().told(id);
  EXPECT_THAT(asking.outline(), HasSubstr("call sent answered failed instance call"));
  EXPECT_EQ(asking.all<log::Answered>()[0].by, std::nullopt);
  EXPECT_THAT(node.family().told(other).outline(), HasSubstr("call failed instance call"));
  auto failed = node.family().told(other).all<log::Failed>();
  EXPECT_TRUE(std::holds_alternative<log::FailedCrash>(failed[0].why));
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Recovery, WhatWasAcceptedAndNotReceivedIsDelivered) {
  Node node;
  ActorId busy = node.family().add_root();
  ActorId asking = node.family().add_root();
  node.runtime().request(busy, as_bytes("spin"), [](auto) {});
  node.scheduler().run(100);
  node.runtime().request(asking, as_bytes("ask " + busy.to_string() + " keep it"), [](auto) {});
  node.scheduler().run(200);
  EXPECT_EQ(node.lose().delivered, 1u);
  EXPECT_EQ(node.family().ask(busy, "recall"), "it");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  // It is in the chain now, and is not delivered once more.
  EXPECT_EQ(node.lose().delivered, 0u);
}

TEST(Recovery, AnActorThatNobodyHadHeardOfNeverWas) {
  Node node;
  node.runtime().spawn(node.family().root_request("spin"), [](auto) {});
  node.scheduler().run(50);
  RecoveryReport report = node.lose();
  EXPECT_EQ(report.actors, 0u);
  ASSERT_EQ(report.ended.size(), 1u);
  EXPECT_EQ(report.ended[0].why, EndReason::kFirstStart);
  EXPECT_TRUE(std::holds_alternative<log::EndedFailed>(report.ended[0].how));
  auto chains = node.chains();
  ASSERT_EQ(chains.size(), 1u);
  EXPECT_EQ(chains.begin()->second.outline(), "genesis instance call failed terminated");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Recovery, ATreeComesBackWithItsChildrenInPlace) {
  Node node;
  std::string leaf = node.family().add_manifest("leaf");
  std::string middle = node.family().add_manifest(
      "middle", fmt::format("[[child]]\nname = \"leaf\"\nmanifest = \"{}\"\nrestart = "
                            "\"permanent\"\n",
                            leaf));
  ActorId root = node.family().add_root(
      "kept", fmt::format("[[child]]\nname = \"middle\"\nmanifest = \"{}\"\nrestart = "
                          "\"permanent\"\n",
                          middle));
  ActorId child = *ActorId::parse(node.family().ask(root, "children"));
  ActorId grandchild = *ActorId::parse(node.family().ask(child, "children"));
  ActorId spawned = *ActorId::parse(node.family().ask(root, "spawn kept"));
  node.family().ask(grandchild, "keep deep");
  EXPECT_EQ(node.lose().actors, 4u);
  EXPECT_EQ(node.family().ask(root, "children"), child.to_string() + " " + spawned.to_string());
  EXPECT_EQ(node.family().ask(child, "children"), grandchild.to_string());
  EXPECT_EQ(node.family().ask(grandchild, "recall"), "deep");
  // They are looked after as before: one comes back, the other does not.
  node.family().ask(child, "trap");
  EXPECT_EQ(node.family().ask(child, "ping"), "pong");
  node.family().ask(spawned, "trap");
  EXPECT_EQ(node.family().ask(root, "children"), child.to_string());
  ASSERT_TRUE(node.runtime().stop(root));
  node.scheduler().run();
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Recovery, KnowsAgainWhereADeclaredChildIsRead) {
  Node node;
  Family& family = node.family();
  std::string address = "https://a.example/x/child.toml";
  family.web[address] = family.manifest_text("[log]\ndurability = \"memory\"\n");
  family.web[address].replace(family.web[address].find(family.folder().string() + "/member"),
                              family.folder().string().size(), "https://a.example");
  family.web["https://a.example/member.wasm"] = "member";
  SpawnRequest request = family.root_request();
  std::string text = family.manifest_text(
      "[[child]]\nname = \"a\"\nmanifest = \"child.toml\"\nrestart = \"permanent\"\n");
  request.manifest =
      *parse_manifest(text, "root", ManifestPlace{"/", "https://a.example/x/root.toml"});
  request.component = to_bytes("member");
  auto root = family.runtime().spawn(std::move(request));
  ASSERT_TRUE(root) << root.error().to_string();
  family.fetched.clear();
  node.lose();
  EXPECT_TRUE(ActorId::parse(family.ask(root->id, "children")));
  EXPECT_EQ(family.fetched.at(0), address);
}

TEST(Recovery, AnEndThatWasDecidedIsMadeGood) {
  Node node;
  ActorId root = node.family().add_root();
  ActorId child = *ActorId::parse(node.family().ask(root, "spawn kept"));
  // It spins, so the stop waits.
  node.runtime().request(child, as_bytes("spin"), [](auto) {});
  node.scheduler().run_now(100);
  ASSERT_TRUE(node.runtime().stop(root));
  node.scheduler().run_now(50);
  RecoveryReport report = node.lose();
  EXPECT_EQ(report.actors, 0u);
  ASSERT_EQ(report.ended.size(), 2u);
  EXPECT_EQ(report.ended[0].parent, root);
  EXPECT_EQ(report.ended[0].why, EndReason::kStopAsked);
  EXPECT_EQ(report.ended[1].id, root);
  EXPECT_EQ(report.ended[1].why, EndReason::kStopAsked);
  auto chains = node.chains();
  EXPECT_THAT(chains.at(root).outline(), HasSubstr("control child-ended terminated"));
  EXPECT_TRUE(chains.at(child).outline().ends_with("failed terminated"))
      << chains.at(child).outline();
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Recovery, APausedActorStaysPaused) {
  Node node;
  ActorId id = node.family().add_root();
  ASSERT_TRUE(node.runtime().pause(id, Runtime::Pausing::kAtOnce));
  node.lose();
  EXPECT_EQ(node.runtime().status(id)->phase, Phase::kPaused);
  ASSERT_TRUE(node.runtime().resume(id));
  EXPECT_EQ(node.family().ask(id, "ping"), "pong");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Recovery, RatesBeginAnew) {
  for (bool is_lost : {false, true}) {
    Node node;
    ActorId root = node.family().add_root("kept", "[limits]\nspawns_per_second = 2\n");
    for (int i = 0; i < 2; ++i)
      EXPECT_TRUE(ActorId::parse(node.family().ask(root, "spawn kept")));
    if (is_lost) node.lose();
    EXPECT_EQ(ActorId::parse(node.family().ask(root, "spawn kept")).has_value(), is_lost);
  }
}

TEST(Recovery, RestartsAreCountedAnew) {
  for (bool is_lost : {false, true}) {
    Node node;
    std::string child = node.family().add_manifest("child");
    ActorId root = node.family().add_root(
        "kept", fmt::format("[supervision]\nrestarts = 1\nbackoff = 0\n[[child]]\nname = "
                            "\"child\"\nmanifest = \"{}\"\nrestart = \"permanent\"\n",
                            child));
    ActorId id = *ActorId::parse(node.family().ask(root, "children"));
    (void)node.family().ask(id, "trap");
    EXPECT_EQ(node.family().ask(id, "ping"), "pong");
    if (is_lost) node.lose();
    (void)node.family().ask(id, "trap");
    EXPECT_EQ(node.family().ask(id, "ping") == "pong", is_lost);
  }
}

TEST(Recovery, MetricsBeginAtZero) {
  Node node;
  ActorId id = node.family().add_root();
  for (int i = 0; i < 3; ++i)
    node.family().ask(id, "ping");
  EXPECT_EQ(node.runtime().metrics(id)->calls.calls, 4u);
  node.lose();
  EXPECT_EQ(node.runtime().metrics(id)->calls.calls, 0u);
}

TEST(Recovery, AChildWithoutAChainIsGoneAndADeclaredOneBeginsAnew) {
  Node node;
  std::string forgetful =
      node.family().add_manifest("forgetful", "[log]\ndurability = \"memory\"\n");
  ActorId root = node.family().add_root(
      "kept", fmt::format("[[child]]\nname = \"cache\"\nmanifest = \"{}\"\nrestart = "
                          "\"permanent\"\n",
                          forgetful));
  ActorId declared = *ActorId::parse(node.family().ask(root, "children"));
  ActorId spawned = *ActorId::parse(node.family().ask(root, "spawn-as " + forgetful));
  node.lose();
  std::string now = node.family().ask(root, "children");
  ASSERT_TRUE(ActorId::parse(now)) << now;
  EXPECT_NE(now, declared.to_string());
  EXPECT_NE(now, spawned.to_string());
  EXPECT_EQ(node.family().told(root).all<log::ChildEnded>().size(), 2u);
  // And once more.
  node.lose();
  EXPECT_NE(node.family().ask(root, "children"), now);
  EXPECT_EQ(node.family().ask(root, "ping"), "pong");
}

TEST(Recovery, ATreeThatCannotGoOnStaysAsItIs) {
  Node node;
  ActorId whole = node.family().add_root();
  ActorId root = node.family().add_root();
  node.family().other_states.clear();
  std::string refused = node.family().add_manifest("refused");
  ActorId child = *ActorId::parse(node.family().ask(root, "spawn-as " + refused));
  node.family().ask(child, "keep that");
  RecoveryReport report = node.lose([&](RecoveryRequest& request) {
    request.policy = Policy::default_policy();  // It grants no files any more.
  });
  EXPECT_TRUE(report.roots.empty());
  ASSERT_EQ(report.lost.size(), 2u);
  EXPECT_THAT(report.lost[0].why.to_string(), HasSubstr("filesystem"));
  EXPECT_FALSE(node.runtime().status(whole));
  // The next run allows it.
  EXPECT_EQ(node.lose().actors, 3u);
  EXPECT_EQ(node.family().ask(child, "recall"), "that");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Recovery, BeginsAtTheNewestSnapshotWhoseStateIsThere) {
  Node node;
  ActorId id = node.family().add_root("kept", "[log]\nsnapshot_events = 20\n");
  for (int i = 0; i < 50; ++i)
    node.family().ask(id, "keep " + std::to_string(i));
  EXPECT_LT(node.lose().replayed, 30u);
  EXPECT_EQ(node.family().ask(id, "recall"), "49");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  // What came before it is in the chain as ever.
  Told told = node.chains().at(id);
  auto snapshots = told.all<log::Snapshot>();
  ASSERT_GE(snapshots.size(), 4u);
  for (const log::Snapshot& snapshot : snapshots) {
    Hash state = std::get<log::SomeState>(snapshot.state).value.digest;
    std::string hex = state.to_string();
    std::filesystem::remove(node.home() / "blobs" / hex.substr(0, 2) / hex);
  }
  RecoveryReport report = node.lose();
  ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
  EXPECT_GT(report.replayed, 100u);
  EXPECT_EQ(node.family().ask(id, "recall"), "49");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

// What an actor sees of its own chain after it has gone on from a snapshot is what it would have
// seen.
TEST(Recovery, FromASnapshotFindsTheChainAsItWas) {
  Node node;
  ActorId root = node.family().add_root();
  std::string manifest = node.family().add_manifest("small", "[log]\nsnapshot_events = 10\n");
  ActorId id = *ActorId::parse(node.family().ask(root, "spawn-as " + manifest));
  for (int i = 0; i < 30; ++i)
    node.family().ask(id, "keep " + std::to_string(i));
  std::string before = node.family().ask(root, "events " + id.to_string());
  node.lose();
  std::string after = node.family().ask(root, "events " + id.to_string());
  EXPECT_EQ(after.substr(0, before.size()), before);
  EXPECT_GT(after.size(), before.size());
  EXPECT_FALSE(node.family().told(id).all<log::Snapshot>().empty());
}

// Each event is once the last one on disk: a snapshot without its instance is among them.
TEST(Recovery, AnActorWithSnapshotsResumesAfterEachOfItsEvents) {
  for (uint64_t events = 0; events < 30; ++events) {
    SCOPED_TRACE(events);
    Node node;
    ActorId id = node.family().add_root("kept", "[log]\nsnapshot_events = 9\n");
    node.lose_after(events);
    for (int i = 0; i < 20 && !node.is_lost(); ++i) {
      node.runtime().request(id, as_bytes("keep " + std::to_string(i)), [](auto) {});
      node.scheduler().run();
    }
    ASSERT_TRUE(node.is_lost());
    node.lose();
    auto again = node.try_lose();
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->actors, 1u);
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
}

// Random trees to which everything happens that happens to actors, and whose node is lost at any
// moment. Whatever it is, what is on disk is whole, and the last node ends all actors.
std::optional<std::string> play(uint64_t seed, uint64_t& recovered) {
  SeededRandom dice(seed);
  Node node(seed);
  int files = 0;
  std::string often = node.family().add_manifest(
      "often", fmt::format("[log]\nsnapshot_events = {}\n", 1 + dice.below(6)));
  node.family().add_root("kept", random_tree(dice, node.family(), 2, files));
  for (int life = 0; life < 3; ++life) {
    if (dice.below(2) == 0) node.lose_after(dice.below(300));
    for (int i = 0; i < 25 && !node.is_lost(); ++i) {
      std::vector<ActorId> actors = node.runtime().actors();
      if (actors.empty()) break;
      const ActorId& id = actors[dice.below(actors.size())];
      const ActorId& other = actors[dice.below(actors.size())];
      std::string what =
          one_of(dice, {"trap", "spin", "keep kept", "later", "ping", "quit done", "spawn kept",
                        "ping", "ask " + other.to_string() + " ping",
                        "ask " + other.to_string() + " spin", "ask " + other.to_string() + " trap",
                        "resume left", "spawn nest 2", "spawn-as " + often});
      if (dice.below(20) == 0) {
        (void)node.runtime().kill(id);
      } else if (dice.below(15) == 0) {
        (void)node.runtime().stop(id);
      } else {
        node.runtime().request(id, as_bytes(what), [](auto) {});
      }
      node.scheduler().run(dice.below(30));
    }
    // The node may be lost while it recovers, too.
    if (dice.below(3) == 0) node.lose_next_after(dice.below(30));
    RecoveryReport report = node.lose();
    if (node.is_lost()) report = node.lose();
    for (const UnrecoverableTree& lost : report.lost) {
      // By its own rule, when what was delivered once more made too many of its children fail.
      std::string why = lost.why.to_string();
      if (why.find("too many restarts") == why.npos) return "lost: " + why;
    }
    recovered += report.actors;
    if (auto wrong = node.what_is_wrong()) return wrong;
  }
  for (const ActorId& id : node.runtime().actors())
    (void)node.runtime().kill(id);
  node.scheduler().run();
  for (const ActorId& id : node.runtime().actors()) {
    if (!node.runtime().status(id)->ended) return id.to_string() + " has not ended";
  }
  for (const auto& [id, told] : node.chains()) {
    if (!std::holds_alternative<log::Terminated>(told.events.back().body)) {
      return id.to_string() + " has no end: " + told.outline();
    }
  }
  return node.what_is_wrong();
}

TEST(Recovery, IsRightWhereverTheNodeIsLost) {
  uint64_t first = from_environment("THEATER_SEED", 1);
  uint64_t seeds = from_environment("THEATER_SEEDS", 25);
  uint64_t recovered = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    auto wrong = play(seed, recovered);
    ASSERT_EQ(wrong, std::nullopt) << "THEATER_SEED=" << seed << " THEATER_SEEDS=1 repeats it";
  }
  // The property is about something.
  EXPECT_GT(recovered, seeds);
}

// Fails the write of that number to a segment, and every later one.
struct BrokenSegment final : FileFaults {
  explicit BrokenSegment(int good_writes) : left(good_writes) { set_file_faults(this); }
  ~BrokenSegment() override { set_file_faults(nullptr); }
  FileFault before(FileCall call, const std::filesystem::path& path) override {
    bool is_write = call == FileCall::kWrite && path.extension() == ".segment";
    return {.error = is_write && left-- <= 0 ? EIO : 0};
  }
  std::atomic<int> left;
};

// A supervisor waits for its children, which wait for the log.
TEST(Recovery, TheStartOfATreeEndsWhenTheLogStops) {
  int failed = 0;
  for (int good_writes = 0; good_writes < 8; ++good_writes) {
    SCOPED_TRACE(good_writes);
    Node node;
    std::string child = node.family().add_manifest("child");
    std::string more = "[[child]]\nname = \"a\"\nmanifest = \"" + child + "\"\n";
    SpawnRequest request = node.family().root_request("kept", more);
    BrokenSegment broken(good_writes);
    Result<SpawnReport> spawned = node.runtime().spawn(std::move(request));
    if (spawned) continue;
    ++failed;
    EXPECT_THAT(spawned.error().to_string(), HasSubstr("writing the log: cannot write"));
  }
  EXPECT_GT(failed, 1);
}

// Fails the read of that number by this thread from a log, once.
struct BrokenRead final : FileFaults {
  explicit BrokenRead(int good_reads) : left(good_reads) { set_file_faults(this); }
  ~BrokenRead() override { set_file_faults(nullptr); }
  FileFault before(FileCall call, const std::filesystem::path& path) override {
    bool is_read = call == FileCall::kOpen || call == FileCall::kRead;
    if (!is_read || std::this_thread::get_id() != thread) return {};
    if (path.native().find("/log/") == std::string::npos) return {};
    return {.error = left-- == 0 ? EIO : 0};
  }
  bool happened() const { return left < 0; }

  const std::thread::id thread = std::this_thread::get_id();
  int left;
};

// A node with all that a repair takes from the log: below one root with a budget a child has ended
// and its parent has not recorded that, and another is asked to stop.
struct Torn {
  Torn() {
    Family& family = node.family();
    whole = family.add_root();
    torn = family.add_root("kept", "[budget]\nmessages = 10\n");
    ended = *ActorId::parse(family.ask(torn, "spawn kept"));
    stopped = *ActorId::parse(family.ask(torn, "spawn kept"));
    family.ask(ended, "ask " + whole.to_string() + " ping");
    family.ask(stopped, "ask " + whole.to_string() + " ping");
    node.runtime().request(stopped, as_bytes("spin"), [](auto) {});
    node.scheduler().run_now(100);
    (void)node.runtime().stop(stopped);
    node.runtime().request(torn, as_bytes("stop " + ended.to_string()), [](auto) {});
    auto is_over = [&] {
      return std::holds_alternative<log::Terminated>(node.chains().at(ended).events.back().body);
    };
    while (!is_over())
      node.scheduler().step();
  }

  Node node;
  ActorId whole;
  ActorId torn;
  ActorId ended;
  ActorId stopped;
};

TEST(Recovery, AReadErrorLosesItsTreeUntilTheNextRunAndNoOther) {
  int unreadable = 0;
  int lost = 0;
  bool happened = true;
  for (int good_reads = 0; happened; ++good_reads) {
    SCOPED_TRACE(good_reads);
    Torn scene;
    Result<RecoveryReport> report = RecoveryReport();
    {
      std::optional<BrokenRead> broken;
      report = scene.node.try_lose([&](RecoveryRequest&) { broken.emplace(good_reads); });
      happened = broken->happened();
    }
    if (report) {
      EXPECT_EQ(report->roots.size() + report->lost.size(), 2u);
      EXPECT_LE(report->lost.size(), happened ? 1u : 0u);
      for (const UnrecoverableTree& tree : report->lost) {
        ++lost;
        EXPECT_THAT(tree.why.to_string(), HasSubstr("Input/output error"));
        EXPECT_TRUE(tree.root == scene.whole || tree.root == scene.torn);
      }
      for (const RecoveredRoot& root : report->roots)
        EXPECT_EQ(scene.node.family().ask(root.id, "ping"), "pong");
    } else {
      ++unreadable;
      EXPECT_THAT(report.error().to_string(), HasSubstr("Input/output error"));
    }
    EXPECT_EQ(scene.node.lose().roots.size(), 2u);
    EXPECT_EQ(scene.node.family().ask(scene.torn, "children"), "");
    EXPECT_EQ(scene.node.what_is_wrong(), std::nullopt);
  }
  // Of each kind there were some.
  EXPECT_GT(unreadable, 2);
  EXPECT_GT(lost, 2);
}

}  // namespace theater::recovery_test
