#include "theater/handlers/runtime/runtime_handler.h"

#include "theater/handlers/runtime/version.h"
#include "theater/handlers/testing/handler_fixture.h"
#include "theater/log/event/chain_functions.h"
#include "theater/log/event/view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace theater::runtime_handler_test {

using Said = tl::expected<void, std::string>;
using testing::HandlerFixture;

class FixedFacts final : public HostFacts {
 public:
  std::optional<std::string> environment(const std::string& name) const override {
    if (name == "HOME") return "/home/x";
    return std::nullopt;
  }
  SystemInfo system_info() const override { return {"host", "Linux", "6.1", 8, 1000, 500, 42}; }
};

struct RuntimeHandlerTest : ::testing::Test, HandlerFixture {
  RuntimeHandlerTest()
      : HandlerFixture(std::make_unique<RuntimeHandler>(std::make_unique<FixedFacts>())) {}

  void record(size_t events, size_t size) {
    for (size_t i = 0; i < events; ++i) {
      log::Note note;
      note.arguments = log::inline_payload(Bytes(size, 'x'));
      actor.chain_value.append(note, i);
    }
  }
};

TEST_F(RuntimeHandlerTest, SaysWhoTheActorIsAndWhatTimeItIs) {
  clock.advance(std::chrono::milliseconds(5));
  EXPECT_EQ(call<std::string>("get-actor-id"), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(call<std::string>("get-actor-name"), "fake");
  EXPECT_EQ(call<uint64_t>("get-current-time"), 1'000'000'000'005u);
  EXPECT_EQ(call<std::string>("get-theater-version"), theater_version());
}

TEST_F(RuntimeHandlerTest, SaysWhichPartyCalls) {
  using Told = std::optional<Caller>;
  EXPECT_EQ(call<Told>("get-caller"), std::nullopt);
  for (const Caller& caller : {Caller(ActorCaller{"01"}), Caller(ClientCaller{"user root"}),
                               Caller(ClientCaller{}), Caller(RuntimeCaller{})}) {
    actor.caller_value = caller;
    EXPECT_EQ(call<Told>("get-caller"), caller);
  }
}

TEST_F(RuntimeHandlerTest, OffersLogInBothForms) {
  call<void>("log", std::string("hello"));
  for (const char* level : {"debug", "info", "warn", "error"}) {
    EXPECT_TRUE((call<Said>("log", std::string(level), std::string("hello"))));
  }
  Said said = call<Said>("log", std::string("loud"), std::string("hello"));
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error(), "Unknown log level 'loud': use debug, info, warn or error");
}

TEST_F(RuntimeHandlerTest, ReadsOnlyGrantedVariables) {
  using Value = std::optional<std::string>;
  permissions.environment.emplace().vars = EnvironmentNames({"HOME", "UNSET"}, {}, {});
  EXPECT_EQ(call<Value>("get-env", std::string("HOME")), "/home/x");
  EXPECT_EQ(call<Value>("get-env", std::string("UNSET")), std::nullopt);
  EXPECT_FALSE(refused);
  EXPECT_EQ(call<Value>("get-env", std::string("PATH")), std::nullopt);
  EXPECT_EQ(refused, "environment:vars=PATH");
}

TEST_F(RuntimeHandlerTest, RefusesEveryVariableWithoutTheGrant) {
  EXPECT_EQ((call<std::optional<std::string>>("get-env", std::string("HOME"))), std::nullopt);
  EXPECT_EQ(refused, "environment:vars=HOME");
}

TEST_F(RuntimeHandlerTest, ShowsOfTheVariableOfASecretThePlaceholderAlone) {
  using Value = std::optional<std::string>;
  permissions.environment.emplace().vars = EnvironmentNames::unrestricted();
  SecretRule rule;
  rule.name = "s";
  rule.variable = "HOME";
  declared_secrets = {rule};
  EXPECT_EQ(call<Value>("get-env", std::string("HOME")), std::nullopt);
  EXPECT_FALSE(refused);
  end_session();
  secrets = ActorSecrets({{rule, "placeholder"}});
  EXPECT_EQ(call<Value>("get-env", std::string("HOME")), "placeholder");
}

TEST_F(RuntimeHandlerTest, HasNoVariablesWithImpossibleNames) {
  permissions = Permissions::unrestricted();
  using Value = std::optional<std::string>;
  EXPECT_EQ(call<Value>("get-env", std::string("HOME\0x", 6)), std::nullopt);
  EXPECT_EQ(call<Value>("get-env", std::string("HOME=")), std::nullopt);
  EXPECT_EQ(call<Value>("get-env", std::string()), std::nullopt);
  EXPECT_FALSE(refused);
}

TEST_F(RuntimeHandlerTest, TellsAboutTheMachineWithTheGrantOnly) {
  permissions.runtime.emplace();
  EXPECT_EQ(call<SystemInfo>("get-system-info"), SystemInfo());
  EXPECT_EQ(refused, "runtime:system-info");
  permissions.runtime->system_info = true;
  EXPECT_EQ(call<SystemInfo>("get-system-info").hostname, "host");
  EXPECT_FALSE(refused);
}

TEST_F(RuntimeHandlerTest, ChecksNamesOfMetricsAndEvents) {
  EXPECT_TRUE((call<Said>("record-metric", std::string("m"), 1.5)));
  EXPECT_TRUE((call<Said>("record-metric", std::string(256, 'm'), HUGE_VAL)));
  EXPECT_EQ((call<Said>("record-metric", std::string(), 1.5)).error(), "Metric name is empty");
  for (size_t i = 2; i < MetricTable::kNamesMax; ++i)
    EXPECT_TRUE((call<Said>("record-metric", fmt::to_string(i), 1.5)));
  EXPECT_TRUE((call<Said>("record-metric", std::string("one more"), 1.5))
                  .error()
                  .starts_with("there are 256 metrics of this actor"));
  EXPECT_EQ((call<Said>("record-metric", std::string(257, 'm'), 1.5)).error(),
            "Metric name is longer than 256 bytes: 257");
  double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ((call<Said>("record-metric", std::string("m"), nan)).error(),
            "Metric value is not a number");
  EXPECT_TRUE((call<Said>("record-event", std::string("e"), Bytes{1})));
  EXPECT_EQ((call<Said>("record-event", std::string(), Bytes{1})).error(), "Event type is empty");
}

TEST_F(RuntimeHandlerTest, AsksForTheEndWithData) {
  EXPECT_TRUE((call<Said>("shutdown", std::optional<Bytes>(Bytes{7}))));
  ASSERT_EQ(actor.ends.size(), 1u);
  EXPECT_EQ(actor.ends[0], Bytes{7});
  EXPECT_EQ((find<Said, std::optional<Bytes>>("shutdown").effect), EffectClass::kInternal);
}

TEST_F(RuntimeHandlerTest, ShowsTheChain) {
  EXPECT_TRUE((call<log::ShortChain>("get-chain")).events.empty());
  EXPECT_TRUE((call<Bytes>("get-state")).empty());
  record(3, 10);
  log::ShortChain chain = call<log::ShortChain>("get-chain");
  std::vector<log::EventView> views = log::view_chain(actor.chain_value);
  ASSERT_EQ(chain.events.size(), 3u);
  EXPECT_EQ(chain.events[0].event.parent, std::nullopt);
  EXPECT_EQ(chain.events[1].event.parent, chain.events[0].hash);
  EXPECT_EQ(chain.events[2].hash, log::short_hash(actor.chain_value.head()));
  EXPECT_EQ(chain.events[2].event.event_type, views[2].event_type);
  EXPECT_EQ(as_text(chain.events[2].event.data), views[2].data);
  EXPECT_EQ(as_text(call<Bytes>("get-state")), views[2].data);
}

TEST_F(RuntimeHandlerTest, ShowsTheNewestEventsThatFit) {
  record(2000, 200);
  log::ShortChain chain = call<log::ShortChain>("get-chain");
  EXPECT_LE(wit::encode(chain).size(), log::kChainViewBytesMax);
  ASSERT_GT(chain.events.size(), 100u);
  EXPECT_LT(chain.events.size(), 2000u);
  EXPECT_EQ(chain.events.back().hash, log::short_hash(actor.chain_value.head()));
}

TEST_F(RuntimeHandlerTest, ShowsNothingThatThePayloadLimitForbids) {
  manifest.limits.payload_bytes = 100;
  record(3, 200);
  EXPECT_TRUE((call<log::ShortChain>("get-chain")).events.empty());
  EXPECT_TRUE((call<Bytes>("get-state")).empty());
}

}  // namespace theater::runtime_handler_test
