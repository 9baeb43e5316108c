#include "theater/actor/cell/metrics.h"

#include "theater/actor/messaging/actor_view.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace theater::testing::metrics_test {

using namespace std::chrono_literals;

TEST(CallMeter, AddsUpTheTurnsOfACall) {
  CallMeter meter;
  EXPECT_EQ(meter.metrics(), CallMetrics{});
  meter.resume(100ns);
  meter.call_ended(130ns, CallEnd::kReturned);
  meter.call_ended(140ns, CallEnd::kError);
  meter.resume(1000ns);
  meter.pause(1020ns);
  meter.resume(5000ns);
  meter.call_ended(5030ns, CallEnd::kLost);
  EXPECT_EQ(meter.metrics(), (CallMetrics{3, 1, 1, 90, 50, 10}));
}

TEST(MetricTable, SumsUpByName) {
  MetricTable table;
  EXPECT_TRUE(table.record("a", 2));
  EXPECT_TRUE(table.record("b", -1.5));
  EXPECT_TRUE(table.record("a", -4));
  EXPECT_TRUE(table.record("a", 1));
  EXPECT_EQ(table.copy(),
            (CustomMetrics{{"a", {3, 1, -1, -4, 2}}, {"b", {1, -1.5, -1.5, -1.5, -1.5}}}));
}

TEST(MetricTable, TakesSoManyNames) {
  MetricTable table;
  for (size_t i = 0; i < MetricTable::kNamesMax; ++i)
    EXPECT_TRUE(table.record(fmt::to_string(i), 1));
  auto refused = table.record("more", 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(),
            "there are 256 metrics of this actor, which is the limit; record under one of their "
            "names");
  EXPECT_TRUE(table.record("7", 1));
  EXPECT_EQ(table.copy().size(), MetricTable::kNamesMax);
}

TEST(NodeMetrics, AddsUpActors) {
  NodeMetrics node;
  ActorMetrics idle;
  node.add(idle, false);
  ActorMetrics actor;
  actor.calls = {3, 1, 1, 90, 50, 10};
  actor.waiting = 2;
  actor.waiting_max = 7;
  actor.memory_bytes = 100;
  actor.memory_bytes_max = 200;
  actor.events = 9;
  actor.event_bytes = 900;
  actor.messages_in = 4;
  actor.messages_out = 5;
  actor.secret_echoes = 2;
  node.add(actor, true);
  actor.calls = {1, 0, 0, 60, 60, 5};
  actor.waiting_max = 1;
  node.add(actor, false);
  EXPECT_EQ(node.actors, 3u);
  EXPECT_EQ(node.ended, 1u);
  EXPECT_EQ(node.all.calls, (CallMetrics{4, 1, 1, 150, 60, 5}));
  EXPECT_EQ(node.all.waiting, 4u);
  EXPECT_EQ(node.all.waiting_max, 7u);
  EXPECT_EQ(node.all.memory_bytes, 200u);
  EXPECT_EQ(node.all.memory_bytes_max, 200u);
  EXPECT_EQ(node.all.events, 18u);
  EXPECT_EQ(node.all.event_bytes, 1800u);
  EXPECT_EQ(node.all.messages_in, 8u);
  EXPECT_EQ(node.all.messages_out, 10u);
  EXPECT_EQ(node.all.secret_echoes, 4u);
}

// An actor whose calls take the time that they are told to.
class ActorMetricsTest : public ::testing::Test {
 protected:
  static uint64_t us_of(Play& play) {
    return std::stoull(std::string(as_text(std::get<0>(play.params<Bytes>()))));
  }

  SeededScheduler scheduler{1};
  ActorHarness harness{scheduler};
};

TEST_F(ActorMetricsTest, CountCallsAndTheirTimes) {
  ManualClock& clock = harness.clock();
  ScriptedComponent component = harness.component([&](Play& play) {
    clock.advance(7us);
    keep(play);
  });
  component.starts_with([&](Play& play) {
    clock.advance(1s);
    play.finish({});
  });
  component.exports(on_message(), [&](Play& play) {
    clock.advance(std::chrono::microseconds(us_of(play)));
    if (us_of(play) == 13) return play.trap(engine::TrapCode::kUnreachable);
    if (us_of(play) == 11) return play.fail("no");
    play.yield([&clock](Play& then) {
      clock.advance(100us);
      then.finish({});
    });
  });
  ActorId id = harness.add(component);
  scheduler.run();
  EXPECT_EQ(harness.cell(id)->metrics().calls, (CallMetrics{1, 0, 0, 7'000, 7'000, 7'000}));
  for (const char* us : {"5", "11"})
    EXPECT_EQ(harness.send(id, us), "");
  EXPECT_EQ(harness.cell(id)->metrics().waiting, 2u);
  scheduler.run();
  clock.advance(1s);
  ActorMetrics metrics = harness.cell(id)->metrics();
  EXPECT_EQ(metrics.calls, (CallMetrics{3, 1, 0, 123'000, 105'000, 7'000}));
  EXPECT_EQ(metrics.waiting, 0u);
  EXPECT_EQ(metrics.waiting_max, 2u);
  EXPECT_EQ(metrics.messages_in, 2u);
  EXPECT_EQ(harness.send(id, "13"), "");
  scheduler.run();
  metrics = harness.cell(id)->metrics();
  EXPECT_EQ(metrics.calls, (CallMetrics{4, 1, 1, 136'000, 105'000, 7'000}));
  EXPECT_EQ(metrics.events, harness.story(id).size());
  uint64_t bytes = 0;
  harness.cell(id)->inspect([&](const ActorView& actor) { bytes = actor.chain.kept_bytes(); });
  scheduler.run();
  EXPECT_EQ(metrics.event_bytes, bytes);
  EXPECT_EQ(metrics.memory_bytes, 0u);
}

TEST_F(ActorMetricsTest, LeaveOutWhatACallWaitsFor) {
  ManualClock& clock = harness.clock();
  ScriptedComponent slow = harness.component();
  slow.exports(on_request(), [&](Play& play) {
    clock.advance(40us);
    play.finish({}, std::optional<Bytes>(Bytes{}));
  });
  ActorId other = harness.add(slow);
  ScriptedComponent asking = harness.component();
  asking.exports(on_message(), [&](Play& play) {
    clock.advance(2us);
    play.call_waiting<Answered>(
        kDesk, "request",
        [&clock](Play& then, const Answered&) {
          clock.advance(3us);
          then.finish({});
        },
        other.to_string(), Bytes{});
  });
  ActorId id = harness.add(asking);
  scheduler.run();
  EXPECT_EQ(harness.send(id, "x"), "");
  scheduler.run();
  EXPECT_EQ(harness.cell(id)->metrics().calls.total_ns, 5'000u);
  EXPECT_EQ(harness.cell(id)->metrics().messages_out, 1u);
  EXPECT_EQ(harness.cell(other)->metrics().calls.total_ns, 40'000u);
  EXPECT_EQ(harness.cell(other)->metrics().messages_in, 1u);
}

}  // namespace theater::testing::metrics_test
