// Real guests: what WebAssembly does at its limits is done again in a replay.
#include "theater/actor/cell/cell.h"
#include "theater/actor/handler/binding.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/probe_handler.h"
#include "theater/engine/ticker.h"
#include "theater/replay/testing/recording.h"

#include <gtest/gtest.h>

namespace theater::replay::testing::engine_test {

using theater::testing::on_message;
using theater::testing::ProbeHandler;

// on-message does what the first letter says; then it keeps the message as its state, or what it
// found out.
//   g  grow the memory until it is refused, and keep its size    G  the same, and trap
//   r  recurse without end            s  say a word, and spin
//   n  make NaNs in several ways, and keep their bits
//   f  fetch a page, and keep it
constexpr std::string_view kGuest = R"((component
  (import "theater:simple/desk" (instance $desk
    (export "say" (func (param "text" string)))
    (export "fetch" (func (param "text" string) (result (result (list u8) (error string)))))))
  (core module $memory
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $p) (local.get 3)))
      (local.get $p))
    (func (export "post") (param i32) (global.set $top (i32.const 4096))))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (alias core export $memory "post" (core func $post))
  (alias export $desk "say" (func $say))
  (alias export $desk "fetch" (func $fetch))
  (core func $say (canon lower (func $say) (memory $mem) (realloc $realloc)))
  (core func $fetch (canon lower (func $fetch) (memory $mem) (realloc $realloc)))
  (core module $m
    (import "e" "memory" (memory 1))
    (import "e" "say" (func $say (param i32 i32)))
    (import "e" "fetch" (func $fetch (param i32 i32 i32)))
    (data (i32.const 16) "hello")
    (func $keep (param $some i32) (param $p i32) (param $n i32) (result i32)
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (local.get $some))
      (i32.store (i32.const 72) (local.get $p))
      (i32.store (i32.const 76) (local.get $n))
      (i32.const 64))
    (func $grow
      (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
      (i32.store (i32.const 128) (memory.size)))
    (func $recurse (param $n i32) (result i32)
      (i32.add (call $recurse (i32.add (local.get $n) (i32.const 1))) (i32.const 1)))
    (func $nans
      (f64.store (i32.const 128) (f64.div (f64.const 0) (f64.const 0)))
      (f64.store (i32.const 136) (f64.sqrt (f64.const -1)))
      (f64.store (i32.const 144) (f64.add (f64.const nan:0x4000000000001) (f64.const 1)))
      (f32.store (i32.const 152) (f32.sub (f32.const inf) (f32.const inf)))
      (f32.store (i32.const 156) (f32.demote_f64 (f64.const -nan:0x123))))
    (func (export "init") (param i32 i32 i32 i32 i32) (result i32)
      (call $keep (local.get 0) (local.get 1) (local.get 2)))
    (func (export "message") (param i32 i32 i32 i32 i32) (result i32) (local $letter i32)
      (local.set $letter (i32.load8_u (local.get 3)))
      (if (i32.eq (local.get $letter) (i32.const 103))
        (then (call $grow) (return (call $keep (i32.const 1) (i32.const 128) (i32.const 4)))))
      (if (i32.eq (local.get $letter) (i32.const 71)) (then (call $grow) (unreachable)))
      (if (i32.eq (local.get $letter) (i32.const 114))
        (then (i32.store (i32.const 128) (call $recurse (i32.const 0)))))
      (if (i32.eq (local.get $letter) (i32.const 115))
        (then (call $say (i32.const 16) (i32.const 5)) (loop $spin (br $spin))))
      (if (i32.eq (local.get $letter) (i32.const 110))
        (then (call $nans) (return (call $keep (i32.const 1) (i32.const 128) (i32.const 32)))))
      (if (i32.eq (local.get $letter) (i32.const 102))
        (then
          (call $fetch (i32.const 16) (i32.const 5) (i32.const 160))
          (return (call $keep (i32.const 1) (i32.load (i32.const 164))
            (i32.load (i32.const 168))))))
      (call $keep (i32.const 1) (local.get 3) (local.get 4))))
  (core instance $e (export "memory" (memory $mem)) (export "say" (func $say))
    (export "fetch" (func $fetch)))
  (core instance $i (instantiate $m (with "e" (instance $e))))
  (type $bytes (list u8))
  (type $state (option $bytes))
  (type $kept (result (tuple $state) (error string)))
  (func $init (param "state" $state) (param "params" (tuple string)) (result $kept)
    (canon lift (core func $i "init") (memory $mem) (realloc $realloc) (post-return $post)))
  (func $message (param "state" $state) (param "params" (tuple $bytes)) (result $kept)
    (canon lift (core func $i "message") (memory $mem) (realloc $realloc) (post-return $post)))
  (instance $actor (export "init" (func $init)))
  (instance $visitors (export "on-message" (func $message)))
  (export "theater:simple/actor" (instance $actor))
  (export "theater:simple/visitors" (instance $visitors))))";

class EngineComponents final : public Components {
 public:
  explicit EngineComponents(engine::Engine& engine) : engine_(engine) {}

  std::shared_ptr<const engine::Component> add(std::string_view wat) {
    auto component = engine_.compile(as_bytes(wat));
    EXPECT_TRUE(component) << component.error().to_string();
    components_[(*component)->digest()] = *component;
    return *component;
  }

  Result<Loaded> load(const Hash& digest) override {
    auto found = components_.find(digest);
    if (found == components_.end()) return fail(ErrorCode::kNotFound, "no such component");
    Loaded loaded;
    loaded.digest = digest;
    std::vector<engine::HostBinding> bindings;
    for (const engine::FunctionDecl& import : found->second->imports()) {
      auto number = static_cast<uint32_t>(bindings.size());
      bindings.push_back({import.name, engine::HostMode::kImmediate, number});
      loaded.imports.push_back(import);
    }
    loaded.program = THEATER_TRY(engine_.link(found->second, bindings));
    return loaded;
  }
  Result<Bytes> state(const Hash&) override { return fail(ErrorCode::kNotFound, "no states"); }
  const std::string& engine() const override { return engine_.identity(); }

 private:
  engine::Engine& engine_;
  std::map<Hash, std::shared_ptr<const engine::Component>> components_;
};

struct ReplayEngineTest : ::testing::Test {
  ReplayEngineTest() {
    auto made = std::make_unique<ProbeHandler>();
    desk = made.get();
    handlers.push_back(std::move(made));
  }
  ~ReplayEngineTest() override {
    if (cell) cell->kill(log::ByRuntime{});
    scheduler.run();
    scheduler.stop();
  }

  void spawn(const engine::Limits& limits = {}) {
    auto component = components.add(kGuest);
    std::vector<std::string> listed{"desk"};
    auto binding =
        bind_component({component->imports(), component->exports(),
                        component->imported_interfaces(), component->exported_interfaces()},
                       handlers, listed);
    ASSERT_TRUE(binding) << binding.error().to_string();
    auto common = std::make_shared<ActorTemplate>();
    common->manifest.name = "real";
    common->limits = limits;
    // Longer than any timer runs: a guest may wait until the test has seen to it.
    common->bounds.call_wall_ms = uint64_t{100} * 365 * 24 * 3'600'000;
    common->component = component->digest();
    common->engine = engine->identity();
    common->binding = *binding;
    common->program = *engine->link(component, (*binding)->engine_bindings);
    common->permissions = Permissions::unrestricted();
    complete_template(*common);
    ActorSpec spec;
    spec.id = ActorId::generate(random);
    spec.common = common;
    cell = ActorCell::create(services, std::move(spec));
    router.add(cell->id(), cell);
    cell->begin();
    scheduler.run();
  }

  void tell(std::string_view letters, size_t turns = 1'000'000) {
    Message message;
    message.function = &on_message();
    message.params = message_params(as_bytes(letters));
    message.from = log::FromClient{};
    ASSERT_TRUE(cell->reserve(*message.function, message.size()));
    cell->deliver(std::move(message));
    scheduler.run(turns);
  }

  Story story() const {
    Story story;
    cell->chain().for_each(
        [&](uint64_t, ByteView bytes, const Hash&) { story.push_back(*log::decode_event(bytes)); });
    return story;
  }
  std::string outline() const {
    std::string text;
    for (const log::Event& event : story())
      text += (text.empty() ? "" : " ") + std::string(log::body_name(event.body));
    return text;
  }
  log::FailureCause failure() const {
    Story all = story();
    return std::get<log::Failed>(all.at(positions(all, "failed").at(0)).body).why;
  }

  void expect_identical() {
    Report report = replay_story(story(), components);
    EXPECT_EQ(report.outcome, Outcome::kIdentical)
        << (report.divergence ? report.divergence->replayed.what : "");
    EXPECT_EQ(report.head, cell->chain().head());
    EXPECT_EQ(report.state, cell->state());
    EXPECT_TRUE(report.notes.empty());
  }

  static inline const std::unique_ptr<engine::Engine> engine = engine::Engine::create().value();
  engine::Ticker ticker{*engine};
  SeededScheduler scheduler{1};
  SeededRandom random{uint64_t{7}};
  ManualClock& clock = scheduler.clock();
  Router router;
  WaitGraph waits;
  SchedulerJobs jobs{scheduler, 100};
  NodeServices services{router, waits, scheduler, scheduler, clock, jobs};
  HandlerSet handlers;
  ProbeHandler* desk = nullptr;
  EngineComponents components{*engine};
  std::shared_ptr<ActorCell> cell;
};

TEST_F(ReplayEngineTest, CallsAndStates) {
  spawn();
  tell("one");
  tell("one");
  tell("another");
  EXPECT_EQ(cell->state(), to_bytes("another"));
  expect_identical();
}

TEST_F(ReplayEngineTest, ACallThatWaitedIsAnsweredAtOnce) {
  spawn();
  tell("f");
  for (auto& reply : desk->take_fetches())
    std::move(reply).answer(to_bytes("page"));
  scheduler.run();
  EXPECT_EQ(outline(), "genesis instance call returned call intent outcome returned");
  EXPECT_EQ(cell->state(), to_bytes("page"));
  expect_identical();
  EXPECT_TRUE(desk->take_fetches().empty());
}

TEST_F(ReplayEngineTest, AGuestThatWasKilledWhileItWaited) {
  spawn();
  tell("f");
  cell->kill(log::ByRuntime{});
  scheduler.run();
  EXPECT_EQ(outline(),
            "genesis instance call returned call intent control outcome failed terminated");
  expect_identical();
}

TEST_F(ReplayEngineTest, MemoryGrowsToTheSameSize) {
  spawn({.memory_bytes = uint64_t{10} << 16});
  tell("g");
  EXPECT_EQ(cell->state(), (Bytes{10, 0, 0, 0}));
  tell("more");
  expect_identical();
}

TEST_F(ReplayEngineTest, AGuestThatTrapsWhenMemoryIsRefused) {
  spawn({.memory_bytes = uint64_t{10} << 16});
  tell("G");
  EXPECT_EQ(failure(), log::FailureCause(log::FailedTrap{log::TrapCode::kUnreachable}));
  expect_identical();
}

TEST_F(ReplayEngineTest, AnInstanceThatDoesNotFit) {
  spawn({.memory_bytes = 1000});
  EXPECT_EQ(outline(), "genesis instance failed terminated");
  EXPECT_EQ(failure(), log::FailureCause(log::FailedLimit{log::LimitCode::kMemory}));
  expect_identical();
}

TEST_F(ReplayEngineTest, RecursionWithoutEnd) {
  spawn();
  tell("r");
  EXPECT_EQ(failure(), log::FailureCause(log::FailedTrap{log::TrapCode::kStackOverflow}));
  expect_identical();
}

TEST_F(ReplayEngineTest, NansHaveTheSameBits) {
  spawn();
  tell("n");
  ASSERT_TRUE(cell->state().has_value());
  EXPECT_EQ(cell->state()->size(), 32u);
  expect_identical();
}

TEST_F(ReplayEngineTest, AGuestThatSpunAndWasKilledDoesNotSpinAgain) {
  spawn();
  tell("s", 3);
  cell->kill(log::ByRuntime{});
  scheduler.run();
  EXPECT_EQ(outline(), "genesis instance call returned call note control failed terminated");
  expect_identical();
}

TEST_F(ReplayEngineTest, TimeThatRanOut) {
  spawn({.call_ticks = 3});
  tell("s");
  EXPECT_EQ(failure(), log::FailureCause(log::FailedLimit{log::LimitCode::kCpu}));
  expect_identical();
}

// Replaces one place in the guest.
std::string changed_guest(std::string_view from, std::string_view to) {
  std::string text(kGuest);
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_F(ReplayEngineTest, AnotherBuildThatSpinsIsEnded) {
  spawn({.call_ticks = 2});
  tell("text");
  std::string spinning = changed_guest("      (call $keep (i32.const 1) (local.get 3)",
                                       "      (loop $spin (br $spin))\n"
                                       "      (call $keep (i32.const 1) (local.get 3)");
  Hash digest = components.add(spinning)->digest();
  Report report = replay_story(story(), components, {.component = digest});
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->field, "event");
  EXPECT_EQ(report.divergence->recorded.what, "returned");
  EXPECT_EQ(report.divergence->replayed.what,
            "trapped: cpu-limit: it was running for 20 ticks, ten times the recorded limit");
}

TEST_F(ReplayEngineTest, AnotherBuildThatCallsMoreReachesNothing) {
  spawn();
  tell("text");
  std::string fetching =
      changed_guest("      (call $keep (i32.const 1) (local.get 3)",
                    "      (call $fetch (i32.const 16) (i32.const 5) (i32.const 160))\n"
                    "      (call $keep (i32.const 1) (local.get 3)");
  Hash digest = components.add(fetching)->digest();
  Report report = replay_story(story(), components, {.component = digest});
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->call, "theater:simple/visitors/on-message");
  EXPECT_EQ(report.divergence->replayed.what, "called theater:simple/desk/fetch");
  EXPECT_EQ(report.divergence->replayed.arguments, R"(["hello"])");
  EXPECT_TRUE(desk->take_fetches().empty());
}

TEST_F(ReplayEngineTest, AResultOfAnotherTypeIsATrap) {
  spawn();
  tell("f");
  for (auto& reply : desk->take_fetches())
    std::move(reply).answer(to_bytes("page"));
  scheduler.run();
  Story changed = story();
  auto& outcome = std::get<log::Outcome>(changed.at(positions(changed, "outcome").at(0)).body);
  outcome.result = log::OutcomeDone{log::inline_payload(Bytes{7})};
  Report report = replay_story(changed, components);
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->replayed.what.find("trapped: bad-value: "), 0u)
      << report.divergence->replayed.what;
}

}  // namespace theater::replay::testing::engine_test
