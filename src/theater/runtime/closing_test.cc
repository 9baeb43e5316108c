// A node that closes and keeps its actors: each caller is answered once, the closed home verifies,
// and the next node resumes the actors.
//
// THEATER_SEEDS says how many seeds are tried, from THEATER_SEED on.
#include "theater/base/file_faults.h"
#include "theater/runtime/client_gate.h"
#include "theater/runtime/testing/lost_node.h"
#include "theater/runtime/testing/random_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

namespace theater::closing_test {

using testing::Family;
using testing::from_environment;
using ::testing::HasSubstr;
using testing::one_of;
using testing::random_tree;
using testing::Told;

using Node = testing::LostNode;
using namespace std::chrono_literals;

// A callback's answer, and the number of its calls, which the committing thread may make. `last`
// may be read once `calls` counts it.
template <class T>
struct Heard {
  std::atomic<int> calls{0};
  std::optional<Result<T>> last;

  std::function<void(Result<T>)> hear() {
    return [this](Result<T> result) {
      last = std::move(result);
      ++calls;
    };
  }
  // "ok", or the error, if there was exactly one call.
  std::string said() const {
    if (calls != 1) return std::to_string(calls.load()) + " calls";
    return last->has_value() ? "ok" : last->error().to_string();
  }
  bool is_refused() const {
    return calls == 1 && !*last && last->error().code() == ErrorCode::kUnavailable &&
           last->error().to_string().find("the node is closing") != std::string::npos;
  }
};

// A message whose receipt or refusal is heard.
void send(Runtime& runtime, const ActorId& id, std::string_view text,
          const std::function<void(Result<Hash>)>& hear) {
  auto sent = runtime.send(ClientMessage{id, as_bytes(text)}, hear);
  if (!sent) hear(Failure(std::move(sent).error()));
}

TEST(Closing, KeepsAnIdleActorWithoutAWord) {
  Node node;
  ActorId id = node.family().add_root();
  EXPECT_EQ(node.family().ask(id, "keep three"), "kept");
  Hash before = node.family().told(id).head;
  RecoveryReport report = node.close();
  EXPECT_EQ(node.wrong_when_closed(), std::nullopt);
  ASSERT_EQ(report.roots.size(), 1u);
  EXPECT_TRUE(report.ended.empty());
  EXPECT_EQ(node.family().ask(id, "recall"), "three");
  Told told = node.family().told(id);
  EXPECT_EQ(told.outline(), "genesis instance call returned call returned instance call returned");
  EXPECT_EQ(told.hashes[5], before) << "the closing records nothing";
  EXPECT_EQ(std::get<log::Instance>(told.events[6].body).why, log::InstanceReason::kRecover);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Closing, IsRepeatedAndMayFollowALoss) {
  Node node;
  ActorId id = node.family().add_root();
  for (int i = 0; i < 6; ++i) {
    node.family().ask(id, "keep " + std::to_string(i));
    i % 2 == 0 ? node.close() : node.lose();
    EXPECT_EQ(node.family().ask(id, "recall"), std::to_string(i));
  }
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Closing, LetsACallEndThatIsInProgress) {
  Node node;
  ActorId root = node.family().add_root();
  ActorId child = *ActorId::parse(node.family().ask(root, "spawn kept"));
  // The root waits for a host call, which needs turns of the child.
  Heard<Bytes> restarted;
  node.runtime().request(root, as_bytes("restart " + child.to_string()), restarted.hear());
  while (node.runtime().status(root)->function.empty())
    ASSERT_TRUE(node.scheduler().step());
  RecoveryReport report = node.close();
  EXPECT_EQ(restarted.said(), "ok");
  EXPECT_EQ(node.wrong_when_closed(), std::nullopt);
  EXPECT_EQ(report.actors, 2u);
  EXPECT_TRUE(node.family().told(root).all<log::Failed>().empty());
  EXPECT_EQ(node.family().told(child).all<log::Instance>().size(), 3u);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Closing, LeavesACallOpenThatIsNotOver) {
  Node node;
  ActorId id = node.family().add_root();
  ActorId other = node.family().add_root();
  node.family().ask(id, "keep this");
  Heard<Bytes> answer;
  node.runtime().request(id, as_bytes("ask " + other.to_string() + " spin"), answer.hear());
  node.scheduler().run_now(200);
  RecoveryReport report = node.close(5s);
  EXPECT_TRUE(answer.is_refused()) << answer.said();
  EXPECT_EQ(node.wrong_when_closed(), std::nullopt);
  EXPECT_EQ(report.actors, 2u);
  EXPECT_EQ(node.family().ask(id, "recall"), "this");
  Told asking = node.family().told(id);
  EXPECT_THAT(asking.outline(), HasSubstr("call sent answered failed instance call"));
  auto failed = node.family().told(other).all<log::Failed>();
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<log::FailedCrash>(failed[0].why));
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

// A takes no message any more, so B's request waits and B's call is not over at the deadline.
TEST(Closing, DeliversOnceWhatActorsHadSent) {
  Node node;
  ActorId busy = node.family().add_root();
  ActorId asking = node.family().add_root();
  ActorId telling = node.family().add_root();
  Heard<Bytes> spun, asked;
  node.runtime().request(busy, as_bytes("spin"), spun.hear());
  node.scheduler().run_now(100);
  node.runtime().request(asking, as_bytes("ask " + busy.to_string() + " ping"), asked.hear());
  node.scheduler().run_now(100);
  Heard<Bytes> told;
  node.runtime().request(telling, as_bytes("tell " + busy.to_string() + " it"), told.hear());
  while (told.calls == 0)
    node.scheduler().run_now(100);
  EXPECT_EQ(node.close(1s).delivered, 2u);
  EXPECT_EQ(node.wrong_when_closed(), std::nullopt);
  EXPECT_TRUE(spun.is_refused() && asked.is_refused()) << spun.said() << ", " << asked.said();
  EXPECT_EQ(told.said(), "ok");
  EXPECT_EQ(node.family().ask(busy, "recall"), "it");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  EXPECT_EQ(node.close().delivered, 0u);
}

TEST(Closing, AnswersAClientWhoseMessageWasNotTaken) {
  Node node;
  ActorId id = node.family().add_root();
  Heard<Hash> first, second, third;
  send(node.runtime(), id, "spin", first.hear());
  while (first.calls == 0) {
    node.scheduler().run_now(10);
    ASSERT_TRUE(node.log().flush());
  }
  EXPECT_EQ(first.said(), "ok") << "its call is on record";
  send(node.runtime(), id, "late", second.hear());
  send(node.runtime(), ActorId{}, "lost", third.hear());
  EXPECT_EQ(third.last->error().code(), ErrorCode::kNotFound);
  Heard<Bytes> request;
  node.runtime().request(id, as_bytes("ping"), request.hear());
  node.scheduler().run_now(50);
  EXPECT_EQ(second.calls + request.calls, 0);
  EXPECT_EQ(node.close(1s).delivered, 0u);
  EXPECT_TRUE(second.is_refused()) << second.said();
  EXPECT_TRUE(request.is_refused()) << request.said();
  EXPECT_EQ(first.calls, 1);
  EXPECT_EQ(node.family().ask(id, "recall"), "kept");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Closing, GivesAReceiptWhenTheCallIsOnRecord) {
  Node node;
  ActorId id = node.family().add_root("kept", "[limits]\nmailbox_messages = 2\n");
  std::array<Heard<Hash>, 3> heard;
  for (Heard<Hash>& each : heard)
    send(node.runtime(), id, "text", each.hear());
  EXPECT_THAT(heard[2].said(), HasSubstr("mailbox-full"));
  EXPECT_EQ(heard[2].last->error().code(), ErrorCode::kResourceExhausted);
  ASSERT_TRUE(node.runtime().wait_idle(id));
  EXPECT_EQ(node.family().ask(id, "recall"), "text");
  EXPECT_EQ(heard[0].said(), "ok");
  EXPECT_EQ(heard[1].said(), "ok");
  // Two receipts are no requests that the actor owes an answer for.
  EXPECT_EQ(node.family().told(id).all<log::Call>().size(), 4u);
}

TEST(Closing, EndsRequestsThatWereTakenAndNotAnswered) {
  Node node;
  ActorId lazy = node.family().add_root();
  ActorId asking = node.family().add_root();
  Heard<Bytes> mine, other;
  node.runtime().request(lazy, as_bytes("later"), mine.hear());
  node.runtime().request(asking, as_bytes("ask " + lazy.to_string() + " later"), other.hear());
  node.scheduler().run_now(300);
  EXPECT_EQ(node.close(1s).actors, 2u);
  EXPECT_TRUE(mine.is_refused() && other.is_refused()) << mine.said() << ", " << other.said();
  EXPECT_EQ(node.wrong_when_closed(), std::nullopt);
  EXPECT_THAT(node.family().told(asking).outline(), HasSubstr("sent answered failed instance"));
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Closing, EndsChannels) {
  Node node;
  ActorId opener = node.family().add_root();
  ActorId acceptor = node.family().add_root();
  std::string channel = node.family().ask(opener, "open " + acceptor.to_string());
  EXPECT_EQ(channel.find("error"), std::string::npos) << channel;
  EXPECT_EQ(node.close().actors, 2u);
  EXPECT_EQ(node.wrong_when_closed(), std::nullopt);
  EXPECT_EQ(node.family().ask(acceptor, "recall"), "kept") << "no actor is told, as after a loss";
  EXPECT_NE(node.family().ask(opener, "open " + acceptor.to_string()), channel);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Closing, EndsMemoryActorsAndWhatIsBelowThem) {
  Node node;
  Family& family = node.family();
  std::string forgetful = family.add_manifest("forgetful", "[log]\ndurability = \"memory\"\n");
  ActorId root = family.add_root(
      "kept", fmt::format("[[child]]\nname = \"cache\"\nmanifest = \"{}\"\nrestart = "
                          "\"permanent\"\n",
                          forgetful));
  std::string declared = family.ask(root, "children");
  ActorId memory = family.add_root("kept", "[log]\ndurability = \"memory\"\n");
  ActorId below = *ActorId::parse(family.ask(memory, "spawn kept"));
  Heard<EndReport> memory_end, kept_end;
  node.runtime().on_ended(memory, memory_end.hear());
  node.runtime().on_ended(root, kept_end.hear());
  RecoveryReport report = node.close();
  EXPECT_EQ(memory_end.said(), "ok");
  EXPECT_TRUE(kept_end.is_refused()) << kept_end.said();
  ASSERT_EQ(report.roots.size(), 1u);
  EXPECT_EQ(report.roots[0].id, root);
  EXPECT_EQ(family.told(root).all<log::ChildEnded>().size(), 1u);
  std::string now = family.ask(root, "children");
  EXPECT_TRUE(ActorId::parse(now) && now != declared) << now;
  EXPECT_TRUE(node.chains().at(below).outline().ends_with("terminated"));
}

TEST(Closing, KeepsTreesWithTheirChildrenInPlace) {
  Node node;
  std::string leaf = node.family().add_manifest("leaf");
  ActorId root = node.family().add_root(
      "kept", fmt::format("[[child]]\nname = \"leaf\"\nmanifest = \"{}\"\nrestart = "
                          "\"permanent\"\n",
                          leaf));
  ActorId child = *ActorId::parse(node.family().ask(root, "children"));
  ActorId spawned = *ActorId::parse(node.family().ask(root, "spawn kept"));
  ActorId deep = *ActorId::parse(node.family().ask(spawned, "spawn kept"));
  node.family().ask(deep, "keep deep");
  ASSERT_TRUE(node.runtime().pause(child, Runtime::Pausing::kAtOnce));
  EXPECT_EQ(node.close().actors, 4u);
  EXPECT_EQ(node.wrong_when_closed(), std::nullopt);
  EXPECT_EQ(node.runtime().status(child)->phase, Phase::kPaused);
  EXPECT_EQ(node.family().ask(root, "children"), child.to_string() + " " + spawned.to_string());
  EXPECT_EQ(node.family().ask(spawned, "children"), deep.to_string());
  EXPECT_EQ(node.family().ask(deep, "recall"), "deep");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Closing, CarriesOutAnEndThatWasAskedFor) {
  for (int64_t deadline_ms : {0, 3'600'000}) {
    Node node;
    ActorId spinning = node.family().add_root();
    ActorId idle = node.family().add_root();
    node.runtime().request(spinning, as_bytes("spin"), [](auto) {});
    node.scheduler().run_now(100);
    ASSERT_TRUE(node.runtime().stop(spinning));
    ASSERT_TRUE(node.runtime().stop(idle));
    // The scheduler takes no turn between.
    RecoveryReport report = node.close(std::chrono::milliseconds(deadline_ms));
    EXPECT_EQ(report.actors, 0u);
    auto chains = node.chains();
    EXPECT_TRUE(chains.at(spinning).outline().ends_with("terminated"));
    EXPECT_TRUE(chains.at(idle).outline().ends_with("terminated"));
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
}

TEST(Closing, ATimerTicksAgain) {
  Node node;
  ActorId ticker = node.family().add_ticker();
  EXPECT_EQ(node.family().ask(ticker, "start each 1000"), "started");
  node.close();
  EXPECT_EQ(node.wrong_when_closed(), std::nullopt);
  size_t before = node.family().told(ticker).all<log::Call>().size();
  node.scheduler().run(200);
  EXPECT_GT(node.family().told(ticker).all<log::Call>().size(), before);
}

TEST(Closing, RefusesClientsAndIsDoneOnce) {
  Node node;
  Family& family = node.family();
  ActorId id = family.add_root();
  Heard<SpawnReport> spawned;
  node.runtime().spawn(family.root_request("spin"), spawned.hear());
  node.scheduler().run_now(60);
  Heard<SpawnReport> later;
  node.runtime().spawn(family.root_request(), later.hear());
  Runtime& runtime = node.runtime();
  runtime.close(Closing::kKeep, 1s);
  runtime.close(Closing::kEnd);
  EXPECT_TRUE(spawned.is_refused()) << spawned.said();
  EXPECT_TRUE(later.calls == 1) << later.said();
  auto refused = [](const auto& result) {
    return !result && result.error().code() == ErrorCode::kUnavailable;
  };
  EXPECT_TRUE(refused(runtime.send(id, {})));
  EXPECT_TRUE(refused(runtime.request(id, {})));
  EXPECT_TRUE(refused(runtime.stop(id)));
  EXPECT_TRUE(refused(runtime.kill(id)));
  EXPECT_TRUE(refused(runtime.pause(id, Runtime::Pausing::kAtOnce)));
  EXPECT_TRUE(refused(runtime.resume(id)));
  EXPECT_TRUE(refused(runtime.wait_ended(id)));
  EXPECT_TRUE(refused(runtime.wait_idle(id)));
  EXPECT_TRUE(refused(runtime.chain(id)));
  EXPECT_TRUE(refused(runtime.state(id)));
  EXPECT_TRUE(refused(runtime.spawn(family.root_request())));
  EXPECT_TRUE(runtime.actors().empty());
  RecoveryReport report = node.close();
  EXPECT_EQ(report.actors, later.last->has_value() ? 2u : 1u);
  ASSERT_GE(report.ended.size(), 1u);
  EXPECT_EQ(report.ended[0].why, EndReason::kFirstStart);
}

// Fails every write to a segment.
struct BrokenSegment final : FileFaults {
  BrokenSegment() { set_file_faults(this); }
  ~BrokenSegment() override { set_file_faults(nullptr); }
  FileFault before(FileCall call, const std::filesystem::path& path) override {
    bool is_write = call == FileCall::kWrite && path.extension() == ".segment";
    return {.error = is_write ? EIO : 0};
  }
};

TEST(Closing, AnswersEverybodyAfterTheLogHasStopped) {
  Node node;
  ActorId id = node.family().add_root();
  ActorId spinning = node.family().add_root();
  ActorId memory = node.family().add_root("kept", "[log]\ndurability = \"memory\"\n");
  Heard<Bytes> spun;
  node.runtime().request(spinning, as_bytes("spin"), spun.hear());
  node.scheduler().run_now(100);
  // The committer may still hold events of the actors' starts. If it lost these, the log would stop
  // before the next request begins.
  ASSERT_TRUE(node.log().flush());
  BrokenSegment broken;
  Heard<Bytes> first, second, third;
  node.runtime().request(id, as_bytes("keep lost"), first.hear());
  while (first.calls == 0) {
    node.scheduler().run_now(20);
    (void)node.log().flush();
  }
  EXPECT_FALSE(*first.last);
  node.runtime().request(id, as_bytes("ping"), second.hear());
  node.runtime().request(memory, as_bytes("spin"), third.hear());
  node.scheduler().run_now(20);
  node.runtime().close(Closing::kKeep, 1h);
  EXPECT_EQ(spun.calls + second.calls + third.calls, 3);
  EXPECT_FALSE(*spun.last || *second.last || *third.last);
  EXPECT_FALSE(node.log().close());
}

// Random trees to which everything happens, and whose node closes at any moment.
std::optional<std::string> play(uint64_t seed, uint64_t& recovered, uint64_t& refused) {
  SeededRandom dice(seed);
  Node node(seed);
  int files = 0;
  node.family().add_root("kept", random_tree(dice, node.family(), 2, files));
  for (int life = 0; life < 3; ++life) {
    std::vector<std::unique_ptr<Heard<Bytes>>> heard;
    for (int i = 0; i < 25; ++i) {
      std::vector<ActorId> actors = node.runtime().actors();
      if (actors.empty()) break;
      const ActorId& id = actors[dice.below(actors.size())];
      std::string other = actors[dice.below(actors.size())].to_string();
      std::string what =
          one_of(dice, {"trap", "spin", "keep kept", "later", "ping", "quit done", "spawn kept",
                        "ping", "ask " + other + " ping", "ask " + other + " spin",
                        "tell " + other + " kept", "open " + other, "spawn nest 2", "spawn spin"});
      if (dice.below(20) == 0) (void)node.runtime().stop(id);
      heard.push_back(std::make_unique<Heard<Bytes>>());
      node.runtime().request(id, as_bytes(what), heard.back()->hear());
      node.scheduler().run(dice.below(30));
    }
    RecoveryReport report = dice.below(4) == 0
                                ? node.lose()
                                : node.close(std::chrono::milliseconds(dice.below(3) * 400));
    for (const UnrecoverableTree& lost : report.lost) {
      // By its own rule, when what was delivered made too many of its children fail.
      std::string why = lost.why.to_string();
      if (why.find("too many restarts") == why.npos) return "lost: " + why;
    }
    recovered += report.actors;
    if (node.wrong_when_closed()) return "closed: " + *node.wrong_when_closed();
    if (auto wrong = node.what_is_wrong()) return wrong;
    for (const auto& each : heard) {
      if (each->calls != 1) return "a client was answered " + each->said();
      refused += each->is_refused() ? 1 : 0;
    }
  }
  return std::nullopt;
}

TEST(Closing, IsRightWheneverTheNodeCloses) {
  uint64_t first = from_environment("THEATER_SEED", 1);
  uint64_t seeds = from_environment("THEATER_SEEDS", 25);
  uint64_t recovered = 0, refused = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    auto wrong = play(seed, recovered, refused);
    ASSERT_EQ(wrong, std::nullopt) << "THEATER_SEED=" << seed << " THEATER_SEEDS=1 repeats it";
  }
  // The property is about something.
  EXPECT_GT(recovered, seeds);
  EXPECT_GT(refused, seeds);
}

// Workers, timers and clients of a node with a log.
struct ClosingOnThreads : ::testing::Test {
  ClosingOnThreads() {
    home = *Home::open(home_folder.path(), random, "closing");
    blobs = *BlobStore::open(home->layout().blobs());
    log = *log::Log::open(home->layout().log(), {home->key(), *blobs, clock, random});
    recording.emplace(Recording{*log, *blobs});
    family.emplace(pool, timers, clock, nullptr, &*recording);
  }

  OsRandom random;
  SystemClock clock;
  TemporaryFolder home_folder;
  std::unique_ptr<Home> home;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<log::Log> log;
  std::optional<Recording> recording;
  WorkerPool pool{4};
  ThreadTimers timers;
  std::optional<Family> family;
};

TEST_F(ClosingOnThreads, AnswersEachClientOnce) {
  Runtime& runtime = family->runtime();
  std::vector<ActorId> actors;
  for (int i = 0; i < 6; ++i)
    actors.push_back(family->add_root());
  std::atomic<int> asked = 0, answered = 0;
  std::atomic<bool> refused = false;
  auto count = [&](const auto& result) {
    ++answered;
    if (!result && result.error().to_string().find("the node is closing") != std::string::npos)
      refused = true;
  };
  auto blow = [&](uint64_t seed) {
    SeededRandom dice(seed);
    std::vector<std::string> verbs = {"ping", "spawn kept", "later", "spawn nest 2", "spin"};
    // A client that was refused leaves.
    for (int i = 0; i < 20'000 && !refused; ++i) {
      const ActorId& id = actors[dice.below(actors.size())];
      const ActorId& other = actors[dice.below(actors.size())];
      ++asked;
      uint64_t choice = dice.below(40);
      if (choice == 0) {
        runtime.spawn(family->root_request(), count);
      } else if (choice < 10) {
        send(runtime, id, "kept", count);
      } else if (choice == 10) {
        runtime.pause(id, Runtime::Pausing::kWhenFree, "client", count);
      } else if (choice == 11) {
        runtime.resume(id, "client", count);
      } else if (choice == 12) {
        runtime.on_ended(id, count);
      } else if (choice == 13) {
        runtime.chain(id, count);
      } else if (choice < 20) {
        runtime.request(id, as_bytes("ask " + other.to_string() + " ping"), count, 1h);
      } else {
        runtime.request(id, as_bytes(verbs[dice.below(choice == 20 ? 5 : 4)]), count);
      }
      if (dice.below(8) == 0) std::this_thread::yield();
    }
  };
  std::vector<std::thread> clients;
  for (uint64_t seed = 1; seed <= 3; ++seed)
    clients.emplace_back([&, seed] { blow(seed); });
  while (answered < 50)
    std::this_thread::yield();
  runtime.close(Closing::kKeep, 50ms);
  for (std::thread& client : clients)
    client.join();
  EXPECT_EQ(answered, asked);
  ASSERT_TRUE(log->close());
  auto report = log::check_log(home->layout().log());
  ASSERT_TRUE(report) << report.error().to_string();
  for (const log::Finding& finding : report->findings)
    ADD_FAILURE() << finding.what;
}

TEST_F(ClosingOnThreads, ASecondWishEndsTheWait) {
  ActorId id = family->add_root();
  std::atomic<int> answered = 0;
  family->runtime().request(id, as_bytes("spin"), [&](const auto&) { ++answered; });
  std::thread impatient([&] { family->runtime().hurry_close(); });
  family->runtime().close(Closing::kKeep, 1h);
  impatient.join();
  EXPECT_EQ(answered, 1);
}

}  // namespace theater::closing_test
