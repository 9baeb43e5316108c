// Requests with keys on nodes that are lost: nothing is done twice, and every repetition gets the
// answer that is on record.
#include "theater/runtime/once_calls.h"

#include "theater/base/guarded.h"
#include "theater/runtime/testing/lost_node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::once_calls_test {

using ::testing::HasSubstr;
using testing::LostNode;
using ::testing::StartsWith;
using namespace std::chrono_literals;

log::Once once_of(std::string_view key, std::string_view request) {
  return {sha256(as_bytes(key)), sha256(as_bytes(request))};
}

// What a callback said, on whichever thread; "" before.
using Said = std::shared_ptr<Guarded<std::string>>;

Said nothing_said() {
  return std::make_shared<Guarded<std::string>>();
}
void say(const Said& said, const std::string& what) {
  said->with([&](std::string& text) { text = what; });
}
std::string said_of(const Said& said) {
  return said->with([](const std::string& text) { return text; });
}

// A node whose clients have keys.
class KeyedNode {
 public:
  explicit KeyedNode(uint64_t seed = 1) : node_(seed) { begin(); }

  LostNode& node() { return node_; }
  testing::Family& family() { return node_.family(); }

  void lose() {
    node_.lose();
    begin();
  }

  // Puts the question, and does not wait: "" until there is an answer. `event` gets its event.
  Said ask(const ActorId& to, const std::string& key, const std::string& text) {
    Said said = nothing_said();
    calls_->request(message(to, key, text), [this, said](const OnceResult<ClientReply>& reply) {
      say(said, reply ? answer_text(*reply) : text_of(reply.error()));
    });
    return said;
  }
  std::string asked(const ActorId& to, const std::string& key, const std::string& text) {
    return settled(ask(to, key, text));
  }
  std::string sent(const ActorId& to, const std::string& key, const std::string& text) {
    Said said = nothing_said();
    calls_->send(message(to, key, text), [said](const OnceResult<Hash>& hash) {
      say(said, hash ? hash->to_string() : text_of(hash.error()));
    });
    return settled(said);
  }
  std::string started(const std::string& key, const std::string& state,
                      const std::string& more = "") {
    SpawnRequest request = family().root_request(state, more);
    request.root = RootRequest{.once = once_of(key, state)};
    Said said = nothing_said();
    calls_->start(std::move(request), [said](const OnceResult<SpawnReport>& report) {
      say(said, report ? report->id.to_string() : text_of(report.error()));
    });
    return settled(said);
  }

  // What the callback says in the end.
  std::string settled(const Said& said) {
    for (int tries = 0; tries < 1'000 && said_of(said).empty(); ++tries) {
      (void)node_.events().flush();
      node_.scheduler().run_now(100);
    }
    return said_of(said);
  }

  // The event of the last answer.
  std::optional<Hash> event() const {
    return event_.with([](const std::optional<Hash>& event) { return event; });
  }

  size_t calls_of(const ActorId& id) {
    size_t count = 0;
    for (const log::Call& call : family().told(id).all<log::Call>())
      count += std::holds_alternative<log::NamedClient>(call.from) ? 1 : 0;
    return count;
  }

 private:
  void begin() {
    calls_.emplace(OnceCalls::Parts{.runtime = node_.runtime(),
                                    .clock = node_.scheduler().clock(),
                                    .jobs = node_.jobs(),
                                    .log = node_.events(),
                                    .log_folder = node_.log_folder()});
    EXPECT_TRUE(calls_->read_log());
  }

  ClientMessage message(const ActorId& to, const std::string& key, const std::string& text) {
    text_ = text;
    return {to, as_bytes(text_),
            log::NamedClient{.name = "token ci", .once = once_of(key, text), .trace = {}}};
  }

  std::string answer_text(const ClientReply& reply) {
    event_.with([&](std::optional<Hash>& event) { event = reply.event; });
    if (!reply.answer) return "guest: " + reply.answer.error();
    return std::string(as_text(*reply.answer));
  }
  static std::string text_of(const OnceFailure& failure) {
    switch (failure.why) {
      case OnceRefusal::kOtherRequest:
        return "other request";
      case OnceRefusal::kRunning:
        return "running";
      case OnceRefusal::kGone:
        return "gone";
      default:
        return "error: " + failure.error.to_string();
    }
  }

  LostNode node_;
  std::optional<OnceCalls> calls_;
  std::string text_;
  Guarded<std::optional<Hash>> event_;
};

TEST(OnceCalls, ARequestIsDoneOnceAndAnsweredFromTheRecord) {
  KeyedNode node;
  ActorId id = node.family().add_root();
  EXPECT_EQ(node.asked(id, "a", "keep this"), "kept");
  std::optional<Hash> event = node.event();
  ASSERT_TRUE(event);
  for (int life = 0; life < 3; ++life) {
    EXPECT_EQ(node.asked(id, "a", "keep this"), "kept");
    EXPECT_EQ(node.event(), event);
    EXPECT_EQ(node.asked(id, "a", "keep that"), "other request");
    EXPECT_EQ(node.calls_of(id), 1u);
    node.lose();
  }
  EXPECT_EQ(node.asked(id, "b", "recall"), "this");
  EXPECT_EQ(node.node().what_is_wrong(), std::nullopt);
}

TEST(OnceCalls, AnAnswerByAHostFunctionIsReadFromTheRecord) {
  KeyedNode node;
  ActorId id = node.family().add_root();
  auto other = node.ask(id, "b", "respond no");
  EXPECT_EQ(node.asked(id, "a", "respond yes"), "yes");
  std::optional<Hash> event = node.event();
  node.lose();
  EXPECT_EQ(node.asked(id, "b", "respond no"), "no");
  EXPECT_EQ(node.asked(id, "a", "respond yes"), "yes");
  EXPECT_EQ(node.event(), event);
  EXPECT_EQ(node.calls_of(id), 2u);
}

TEST(OnceCalls, ASentMessageHasTheHashOfItsCall) {
  KeyedNode node;
  ActorId id = node.family().add_root();
  std::string hash = node.sent(id, "a", "one");
  EXPECT_EQ(hash.size(), 64u) << hash;
  EXPECT_EQ(node.sent(id, "a", "one"), hash);
  node.lose();
  EXPECT_EQ(node.sent(id, "a", "one"), hash);
  EXPECT_EQ(node.calls_of(id), 1u);
  EXPECT_NE(node.sent(id, "b", "one"), hash);
  EXPECT_EQ(node.calls_of(id), 2u);
  EXPECT_EQ(node.node().what_is_wrong(), std::nullopt);
}

// Its call has a place in the chain, and the disk never had it.
TEST(OnceCalls, ASentMessageThatTheLogLostIsNoSuccess) {
  KeyedNode node;
  ActorId id = node.family().add_root();
  node.node().lose_after(0);
  EXPECT_THAT(node.sent(id, "a", "keep this"), StartsWith("error: "));
  EXPECT_THAT(node.sent(id, "a", "keep this"), StartsWith("error: "));
  node.lose();
  EXPECT_EQ(node.sent(id, "a", "keep this").size(), 64u);
}

TEST(OnceCalls, AStartIsDoneOnce) {
  KeyedNode node;
  std::string id = node.started("a", "kept");
  ASSERT_TRUE(ActorId::parse(id)) << id;
  EXPECT_EQ(node.started("a", "kept"), id);
  EXPECT_EQ(node.started("a", "left"), "other request");
  node.lose();
  EXPECT_EQ(node.started("a", "kept"), id);
  EXPECT_EQ(node.family().runtime().actors().size(), 1u);
  EXPECT_NE(node.started("b", "kept"), id);
  EXPECT_EQ(node.node().what_is_wrong(), std::nullopt);
}

TEST(OnceCalls, AFailedStartIsNotRepeated) {
  KeyedNode node;
  std::string why = node.started("a", "fail");
  EXPECT_THAT(why, StartsWith("error: spawning actor `")) << why;
  EXPECT_THAT(why, HasSubstr("init returned an error"));
  EXPECT_EQ(node.started("a", "fail"), why);
  node.lose();
  EXPECT_EQ(node.started("a", "fail"), why);
  EXPECT_EQ(node.node().chains().size(), 1u);
}

TEST(OnceCalls, AStartThatMakesNoActorFreesItsKey) {
  KeyedNode node;
  std::string other = "component_digest = \"" + std::string(64, '0') + "\"\n";
  EXPECT_THAT(node.started("a", "kept", other), StartsWith("error"));
  EXPECT_TRUE(ActorId::parse(node.started("a", "left")));
}

TEST(OnceCalls, FailuresAreAnswersToo) {
  KeyedNode node;
  ActorId id = node.family().add_root();
  std::string error = node.asked(id, "a", "nonsense");
  EXPECT_THAT(error, StartsWith("guest: "));
  EXPECT_THAT(node.asked(id, "b", "trap"), HasSubstr(" failed: unreachable"));
  EXPECT_EQ(node.asked(id, "a", "nonsense"), error);
  EXPECT_THAT(node.asked(id, "b", "trap"), HasSubstr(" failed: it trapped (unreachable)"));
  node.lose();
  EXPECT_EQ(node.asked(id, "a", "nonsense"), error);
  EXPECT_THAT(node.asked(id, "b", "trap"), HasSubstr(" failed: it trapped (unreachable)"));
}

TEST(OnceCalls, ARepetitionWhileTheFirstRunsIsRefused) {
  KeyedNode node;
  ActorId id = node.family().add_root();
  auto first = node.ask(id, "a", "later");
  EXPECT_EQ(node.asked(id, "a", "later"), "running");
  node.node().scheduler().run_now(100);
  EXPECT_EQ(node.asked(id, "a", "later"), "running");
  ASSERT_TRUE(node.family().runtime().kill(id));
  EXPECT_THAT(node.settled(first), HasSubstr("ended before it answered"));
  EXPECT_THAT(node.asked(id, "a", "later"), HasSubstr("ended before it answered"));
  node.lose();
  EXPECT_THAT(node.asked(id, "a", "later"), HasSubstr("ended before it answered"));
}

TEST(OnceCalls, WhatTheNodeLostBeforeItsAnswerFailsByTheRecord) {
  KeyedNode node;
  ActorId busy = node.family().add_root();
  ActorId asked_later = node.family().add_root();
  auto spinning = node.ask(busy, "a", "spin");
  auto waiting = node.ask(asked_later, "b", "later");
  node.node().scheduler().run_now(200);
  node.lose();
  EXPECT_THAT(node.asked(busy, "a", "spin"), HasSubstr(" failed: the node crashed"));
  EXPECT_THAT(node.asked(asked_later, "b", "later"), HasSubstr("lost the request with its node"));
  EXPECT_EQ(node.calls_of(busy), 1u);
  EXPECT_EQ(node.calls_of(asked_later), 1u);
  EXPECT_EQ(node.node().what_is_wrong(), std::nullopt);
}

// Lost after each event that a request makes: what is not on record runs again, what is does not.
TEST(OnceCalls, EveryMomentOfALossLeavesOneExecution) {
  bool was_whole = false;
  for (uint64_t events = 0; !was_whole; ++events) {
    SCOPED_TRACE(events);
    KeyedNode node;
    ActorId id = node.family().add_root();
    node.node().lose_after(events);
    auto first = node.ask(id, "a", "keep this");
    node.node().scheduler().run_now(200);
    was_whole = !node.node().is_lost();
    node.lose();
    std::string said = node.asked(id, "a", "keep this");
    if (events == 1) {
      EXPECT_THAT(said, HasSubstr(" failed: the node crashed"));
    } else {
      EXPECT_EQ(said, "kept");
    }
    EXPECT_EQ(node.asked(id, "a", "keep this"), said);
    EXPECT_EQ(node.calls_of(id), 1u);
    EXPECT_EQ(node.node().what_is_wrong(), std::nullopt);
    ASSERT_LT(events, 100u);
  }
}

// The same for a start.
TEST(OnceCalls, EveryMomentOfALossLeavesOneActor) {
  bool was_whole = false;
  for (uint64_t events = 0; !was_whole; ++events) {
    SCOPED_TRACE(events);
    KeyedNode node;
    node.node().lose_after(events);
    (void)node.started("a", "kept");
    was_whole = !node.node().is_lost();
    node.lose();
    std::string said = node.started("a", "kept");
    EXPECT_EQ(node.started("a", "kept"), said);
    // The record has the key in its second event.
    size_t expected = events == 1 ? 2 : 1;
    EXPECT_EQ(node.node().chains().size(), expected) << said;
    bool is_up = ActorId::parse(said).has_value();
    EXPECT_EQ(node.family().runtime().actors().size(), is_up ? 1u : 0u) << said;
    EXPECT_EQ(node.node().what_is_wrong(), std::nullopt);
    ASSERT_LT(events, 100u);
  }
}

TEST(OnceCalls, InAnyOrderOnlyOneIsDone) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    KeyedNode node(seed);
    ActorId id = node.family().add_root();
    std::vector<Said> said;
    for (uint64_t i = 0; i < 6; ++i) {
      said.push_back(node.ask(id, "a", "keep this"));
      node.node().scheduler().run_now((seed * 7 + i * 3) % 11);
    }
    size_t kept = 0;
    for (const auto& one : said) {
      std::string text = node.settled(one);
      EXPECT_TRUE(text == "kept" || text == "running") << text;
      kept += text == "kept" ? 1 : 0;
    }
    EXPECT_GE(kept, 1u);
    EXPECT_EQ(node.calls_of(id), 1u);
  }
}

TEST(OnceCalls, AnActorInMemoryIsAnsweredFromMemory) {
  KeyedNode node;
  ActorId id = node.family().add_root("kept", "[log]\ndurability = \"memory\"\n");
  EXPECT_EQ(node.asked(id, "a", "keep this"), "kept");
  EXPECT_EQ(node.asked(id, "a", "keep this"), "kept");
  std::string hash = node.sent(id, "b", "this");
  EXPECT_EQ(node.sent(id, "b", "this"), hash);
  EXPECT_EQ(node.calls_of(id), 2u);
}

TEST(OnceCalls, WhatNoActorTookMayBeAskedAgain) {
  KeyedNode node;
  ActorId id = node.family().add_root();
  ASSERT_TRUE(node.family().runtime().kill(id));
  node.node().scheduler().run_now(100);
  EXPECT_THAT(node.asked(id, "a", "ping"), HasSubstr("has ended"));
  ActorId other = node.family().add_root();
  EXPECT_EQ(node.asked(other, "a", "ping"), "pong");
}

TEST(OnceCalls, KeysOfYesterdayAreFree) {
  KeyedNode node;
  ActorId id = node.family().add_root();
  EXPECT_EQ(node.asked(id, "a", "keep this"), "kept");
  node.node().scheduler().clock().advance(std::chrono::hours(24));
  node.lose();
  EXPECT_EQ(node.asked(id, "a", "keep that"), "kept");
  EXPECT_EQ(node.calls_of(id), 2u);
}

}  // namespace theater::once_calls_test
