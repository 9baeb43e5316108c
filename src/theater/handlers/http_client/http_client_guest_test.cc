// The HTTP client behind the wall: what is recorded of requests, redirections and streams, and what
// ends with an instance.
#include "theater/actor/testing/actor_harness.h"
#include "theater/base/hash.h"
#include "theater/handlers/http_client/http_client_handler.h"
#include "theater/handlers/http_client/testing/fake_transport.h"
#include "theater/manifest/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::http_client_guest_test {

using namespace testing;
using ::testing::HasSubstr;
using Opened = tl::expected<uint64_t, std::string>;
using Said = tl::expected<void, std::string>;

constexpr const char* kClient = "theater:simple/http-client";
constexpr const char* kStreams = "theater:http-stream/client";
constexpr uint64_t kSeeds = 60;

HandlerSet handlers(const std::shared_ptr<FakeTransport>& network) {
  HandlerSet all;
  all.push_back(std::make_unique<HttpClientHandler>(network, sha256(as_bytes("key"))));
  return all;
}

const ExportFunction& on_stream() {
  return HttpClientHandler(nullptr, Hash()).export_functions().front();
}

GuestRequest request() {
  return {"GET", "https://a.org/", {}, std::nullopt};
}

// Sends in `init`, keeps the result, and returns.
Script send_in_init(std::vector<SendResult>& results) {
  return [&results](Play& play) {
    play.call_waiting<SendResult>(
        kClient, "send-http",
        [&results](Play& then, SendResult result) {
          results.push_back(std::move(result));
          then.finish(then.state());
        },
        request());
  };
}

Script open_in_init(std::vector<Opened>& opened) {
  return [&opened](Play& play) {
    play.call_waiting<Opened>(
        kStreams, "open",
        [&opened](Play& then, Opened result) {
          opened.push_back(std::move(result));
          then.finish(then.state());
        },
        request());
  };
}

struct Web {
  explicit Web(uint64_t seed) : scheduler(seed), harness(scheduler, handlers(network)) {}
  ~Web() {
    network->on_start = nullptr;
    network->asked.clear();
  }

  ActorId add(const ScriptedComponent& component, const std::string& grant = "http-client") {
    ActorHarness::Options options;
    options.permissions = *parse_grant(grant, "/");
    return harness.add(component, std::move(options));
  }
  ActorId add(const Script& init, const std::string& grant = "http-client") {
    return add(harness.component(init), grant);
  }
  FakeTransport::Asked& wire() { return network->last(); }

  std::shared_ptr<FakeTransport> network = std::make_shared<FakeTransport>();
  SeededScheduler scheduler;
  ActorHarness harness;
};

TEST(HttpClientGuest, ARequestIsAnEffect) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Web web(seed);
    std::vector<SendResult> results;
    ActorId id = web.add(send_in_init(results));
    web.scheduler.run();
    EXPECT_EQ(web.harness.outline(id), "genesis instance call intent");
    web.wire().head(200);
    web.wire().data("hello");
    web.wire().over();
    web.scheduler.run();
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results[0]->body, to_bytes("hello"));
    EXPECT_EQ(web.harness.outline(id), "genesis instance call intent outcome returned");
    EXPECT_EQ(web.harness.check_chains(), std::nullopt);
  }
}

TEST(HttpClientGuest, ARequestWithoutAGrantIsRefusedOnRecord) {
  Web web(1);
  std::vector<SendResult> results;
  ActorId id = web.add(send_in_init(results), "http-client:hosts=b.org");
  web.scheduler.run();
  EXPECT_EQ(web.harness.outline(id), "genesis instance call refused returned");
  EXPECT_THAT(results.at(0).error(), HasSubstr("http-client:hosts=a.org:443;methods=GET"));
  EXPECT_TRUE(web.network->asked.empty());
}

TEST(HttpClientGuest, AKeyGoesOnRecordBehindItsIntent) {
  Web web(1);
  std::vector<SendResult> results;
  ActorId id = web.add(send_in_init(results), "http-client:idempotency-header=Idempotency-Key");
  web.scheduler.run();
  EXPECT_EQ(web.harness.outline(id), "genesis instance call intent control");
  Story story = web.harness.story(id);
  const auto& control = std::get<log::Control>(story[4].body);
  const auto& note = std::get<log::Noted>(control.operation);
  EXPECT_EQ(note.about, 3u);
  std::string sent(*web.wire().request.headers.find("Idempotency-Key"));
  EXPECT_EQ(note.data, log::inline_payload(wit::encode(sent)));
  web.wire().over();
  web.scheduler.run();
  EXPECT_EQ(web.harness.check_chains(), std::nullopt);
}

TEST(HttpClientGuest, ARedirectionGoesOnRecordBeforeItLeaves) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Web web(seed);
    std::vector<SendResult> results;
    ActorId id = web.add(send_in_init(results), "http-client:max-redirects=2");
    web.scheduler.run();
    std::vector<std::string> heard;
    web.wire().redirect("https://b.org/", [&](std::optional<WebFailure> why) {
      heard.push_back(why ? why->text : "go");
      EXPECT_EQ(web.harness.outline(id), "genesis instance call intent control");
    });
    EXPECT_TRUE(heard.empty());
    web.scheduler.run();
    EXPECT_EQ(heard, std::vector<std::string>{"go"});
    web.wire().head(200);
    web.wire().over();
    web.scheduler.run();
    EXPECT_EQ(web.harness.outline(id), "genesis instance call intent control outcome returned");
    EXPECT_EQ(web.harness.check_chains(), std::nullopt);
  }
}

// However the kill and the network meet: the exchange ends, the record is whole, and each note is
// answered once.
TEST(HttpClientGuest, AKillEndsARequestAtAnyMoment) {
  bool was_open = false;
  bool was_over = false;
  for (uint64_t seed = 1; seed <= 10 * kSeeds; ++seed) {
    SeededRandom dice(seed);
    Web web(seed);
    std::vector<SendResult> results;
    ActorId id = web.add(send_in_init(results), "http-client:max-redirects=2");
    int heard = 0;
    int asked = 0;
    web.network->on_start = [&](FakeTransport::Asked& wire) {
      if (dice.below(2) == 0) return;
      ++asked;
      wire.redirect("https://b.org/", [&](std::optional<WebFailure>) { ++heard; });
    };
    web.scheduler.run(dice.below(12));
    if (dice.below(2) == 0 && !web.network->asked.empty()) {
      web.wire().head(200);
      web.wire().over();
    }
    web.scheduler.run(dice.below(6));
    web.harness.kill(id);
    web.scheduler.run();
    EXPECT_EQ(heard, asked) << seed;
    std::string outline = web.harness.outline(id);
    EXPECT_THAT(outline, HasSubstr("terminated"));
    was_open = was_open || outline.find("outcome failed") != outline.npos;
    was_over = was_over || outline.find("outcome returned") != outline.npos;
    bool is_open = !web.network->asked.empty() && web.wire().receiver != nullptr;
    if (is_open) {
      EXPECT_TRUE(web.wire().is_cancelled) << seed;
    }
    EXPECT_EQ(web.harness.check_chains(), std::nullopt) << seed;
  }
  EXPECT_TRUE(was_open && was_over) << "the seeds meet both";
}

TEST(HttpClientGuest, AStreamIsAnEffectAndItsEventsAreCallsByAHandler) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Web web(seed);
    std::vector<Opened> opened;
    ScriptedComponent component = web.harness.component(open_in_init(opened));
    std::vector<StreamEvent> events;
    component.exports(on_stream(), [&](Play& play) {
      auto [id, event] = play.params<uint64_t, StreamEvent>();
      EXPECT_EQ(id, 3u);
      events.push_back(std::move(event));
      play.finish(play.state());
    });
    ActorId id = web.add(component);
    web.scheduler.run();
    ASSERT_EQ(opened.size(), 1u);
    EXPECT_EQ(opened[0], Opened(3));
    web.wire().head(200);
    web.wire().data("a");
    web.scheduler.run();
    web.wire().data("b");
    web.wire().over();
    web.scheduler.run();
    ASSERT_EQ(events.size(), 4u);
    EXPECT_EQ(events[0], StreamEvent(StreamHead{{200, {}}}));
    EXPECT_EQ(events[1], StreamEvent(StreamData{to_bytes("a")}));
    EXPECT_EQ(events[2], StreamEvent(StreamData{to_bytes("b")}));
    EXPECT_EQ(events[3], StreamEvent(StreamEnd{}));
    EXPECT_EQ(web.harness.outline(id),
              "genesis instance call intent outcome returned call returned call returned call "
              "returned call returned");
    EXPECT_EQ(web.harness.check_chains(), std::nullopt);
  }
}

TEST(HttpClientGuest, AnActorWithAnOpenStreamIsNotIdle) {
  Web web(1);
  std::vector<Opened> opened;
  ScriptedComponent component = web.harness.component(open_in_init(opened));
  component.exports(on_stream(), [](Play& play) { play.finish(play.state()); });
  ActorId id = web.add(component);
  bool is_idle = false;
  web.scheduler.run();
  web.harness.cell(id)->when_idle([&] { is_idle = true; });
  web.scheduler.run();
  EXPECT_FALSE(is_idle);
  web.wire().over();
  web.scheduler.run();
  EXPECT_TRUE(is_idle);
}

// What an actor holds follows from its record alone, whatever it opens, hears and cancels.
TEST(HttpClientGuest, TheRecordHasTheOpenStreams) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SeededRandom dice(seed);
    Web web(seed);
    std::set<uint64_t> open;
    auto cancel_one = [&](Play& play) {
      if (open.empty() || dice.below(3) != 0) return;
      uint64_t id = *open.begin();
      if (play.call<Said>(kStreams, "cancel", id)) open.erase(id);
    };
    Script act = [&](Play& play) {
      cancel_one(play);
      if (dice.below(3) == 0) return play.finish(play.state());
      play.call_waiting<Opened>(
          kStreams, "open",
          [&](Play& then, Opened result) {
            if (result) open.insert(*result);
            then.finish(then.state());
          },
          request());
    };
    ScriptedComponent component = web.harness.component(act);
    component.exports(on_stream(), [&](Play& play) {
      auto [id, event] = play.params<uint64_t, StreamEvent>();
      bool is_last =
          std::holds_alternative<StreamEnd>(event) || std::holds_alternative<StreamFailed>(event);
      if (is_last) open.erase(id);
      act(play);
    });
    ActorId id = web.add(component);
    for (int round = 0; round < 20; ++round) {
      web.scheduler.run(200);
      for (auto& asked : web.network->asked) {
        if (asked->receiver == nullptr) continue;
        uint64_t roll = dice.below(3);
        if (roll == 0) asked->head(200);
        if (roll == 1) asked->over();
      }
    }
    web.scheduler.run();

    const ActorHoldings& live = web.harness.cell(id)->holdings();
    std::optional<Bytes> held;
    for (const auto& [name, part] : live.held().value) {
      if (name == "http-client") held = to_bytes(log::inline_bytes(part)->view());
    }
    std::vector<uint64_t> expected(open.begin(), open.end());
    EXPECT_EQ(held.value_or(wit::encode(std::vector<uint64_t>())), wit::encode(expected)) << seed;
    web.harness.kill(id);
    web.scheduler.run();
    EXPECT_EQ(web.harness.check_chains(), std::nullopt);
  }
}

}  // namespace theater::http_client_guest_test
