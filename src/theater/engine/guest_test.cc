#include "theater/engine/guest.h"

#include "theater/engine/arena.h"
#include "theater/engine/testing/wat_guests.h"
#include "theater/engine/ticker.h"
#include "theater/wit/generate.h"
#include "theater/wit/print.h"
#include "theater/wit/validate.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <thread>

namespace theater::engine::guest_test {

using ::testing::HasSubstr;
using testing::Running;
using testing::shared_engine;
using testing::Wat;

// A type in the component text format. Records, variants, enums and flags must have names to be
// part of an export: they are defined, and exported, in `definitions`.
class WatType {
 public:
  std::string definitions;

  std::string of(const wit::Type& type) {
    switch (type.kind()) {
      case wit::Kind::kList:
        return "(list " + of(type.element()) + ")";
      case wit::Kind::kOption:
        return "(option " + of(type.element()) + ")";
      case wit::Kind::kTuple: {
        std::string text = "(tuple";
        for (const wit::Field& field : type.fields())
          text += " " + of(field.type);
        return text + ")";
      }
      case wit::Kind::kResult: {
        std::string text = "(result";
        if (type.ok()) text += " " + of(*type.ok());
        if (type.error()) text += " (error " + of(*type.error()) + ")";
        return text + ")";
      }
      case wit::Kind::kRecord: {
        std::string text = "(record";
        for (const wit::Field& field : type.fields()) {
          text += fmt::format(" (field \"{}\" {})", field.name, of(field.type));
        }
        return named(text + ")");
      }
      case wit::Kind::kVariant: {
        std::string text = "(variant";
        for (const wit::Case& item : type.cases()) {
          text += fmt::format(" (case \"{}\"{})", item.name, item.type ? " " + of(*item.type) : "");
        }
        return named(text + ")");
      }
      case wit::Kind::kEnum:
      case wit::Kind::kFlags: {
        std::string text = type.kind() == wit::Kind::kEnum ? "(enum" : "(flags";
        for (const std::string& label : type.labels())
          text += " \"" + label + "\"";
        return named(text + ")");
      }
      default:
        return wit::to_wit(type);
    }
  }

 private:
  std::string named(const std::string& text) {
    size_t number = count_++;
    definitions +=
        fmt::format("  (type $d{0} {1})\n  (export $t{0} \"t{0}\" (type $d{0}))\n", number, text);
    return fmt::format("$t{}", number);
  }

  size_t count_ = 0;
};

// Components have no empty records, tuples or flags, and handles do not cross.
bool can_cross(const wit::Type& type) {
  switch (type.kind()) {
    case wit::Kind::kOwn:
    case wit::Kind::kBorrow:
      return false;
    case wit::Kind::kList:
    case wit::Kind::kOption:
      return can_cross(type.element());
    case wit::Kind::kFlags:
      return !type.labels().empty() && type.labels().size() <= 32;
    case wit::Kind::kRecord:
    case wit::Kind::kTuple:
      return !type.fields().empty() &&
             std::all_of(type.fields().begin(), type.fields().end(),
                         [](const wit::Field& field) { return can_cross(field.type); });
    case wit::Kind::kVariant:
      return std::all_of(type.cases().begin(), type.cases().end(),
                         [](const wit::Case& item) { return !item.type || can_cross(*item.type); });
    case wit::Kind::kResult:
      return (!type.ok() || can_cross(*type.ok())) && (!type.error() || can_cross(*type.error()));
    default:
      return true;
  }
}

wit::Type type_that_crosses(wit::Choices& choices, size_t depth) {
  // Ends: without bytes left, every choice is a bool.
  for (;;) {
    wit::Type type = wit::generate_type(choices, depth);
    if (can_cross(type)) return type;
  }
}

// Returns its list as it came, from the same place in memory.
Wat identity_of_list(const wit::Type& element) {
  WatType wat_type;
  std::string text = wat_type.of(element);
  return {.body = R"((func (export "run") (param $p i32) (param $n i32) (result i32)
            (i32.store (i32.const 16) (local.get $p))
            (i32.store (i32.const 20) (local.get $n))
            (i32.const 16)))",
          .type = fmt::format("(func (param \"v\" (list {0})) (result (list {0})))", text),
          .imports = wat_type.definitions,
          .post_return = true};
}

RC_GTEST_PROP(Guest, ValuesOfAnyTypeCrossUnchanged, (const Bytes& bytes)) {
  wit::Choices choices(bytes);
  wit::Type element = type_that_crosses(choices, 3);
  Running running(shared_engine(), identity_of_list(element).text());
  RC_ASSERT(running.instantiate() == Progress::kDone);
  for (int i = 0; i < 3; ++i) {
    Bytes args;
    wit::generate_value(choices, wit::Type::list(element), args);
    Progress progress = running.call(args);
    if (progress == Progress::kTrapped) RC_FAIL(running.guest->trap().to_string());
    RC_ASSERT(to_bytes(running.guest->result()) == args);
  }
}

RC_GTEST_PROP(Guest, ValueBytesThatDoNotFitTheTypeAreRefused,
              (const Bytes& bytes, const Bytes& junk)) {
  wit::Choices choices(bytes);
  wit::Type element = type_that_crosses(choices, 2);
  wit::Type list = wit::Type::list(element);
  Running running(shared_engine(), identity_of_list(element).text());
  RC_ASSERT(running.instantiate() == Progress::kDone);
  bool valid = wit::validate(list, junk).has_value();
  if (running.call(junk) == Progress::kDone) {
    RC_ASSERT(valid);
    RC_ASSERT(to_bytes(running.guest->result()) == junk);
  } else {
    RC_ASSERT(!valid);
    RC_ASSERT(running.guest->trap().code == TrapCode::kBadValue);
  }
}

TEST(Guest, ScalarsCrossInRegisters) {
  Wat wat{.body = R"((func (export "run") (param i32 i64 f32 f64 i32) (result i64)
            (i64.add (local.get 1) (i64.extend_i32_s (local.get 0)))))",
          .type = R"((func (param "a" s8) (param "b" u64) (param "c" f32) (param "d" f64)
                      (param "e" char) (result u64)))"};
  Running running(shared_engine(), wat.text());
  running.instantiate();
  Bytes args;
  wit::encode_params(args, int8_t{-3}, uint64_t{45}, 1.5F, 2.5, U'\x1f3ad');
  ASSERT_EQ(running.call(args), Progress::kDone) << running.guest->trap().to_string();
  EXPECT_EQ(wit::decode<uint64_t>(running.guest->result()).value(), 42U);
}

TEST(Guest, MoreThanSixteenParametersGoThroughMemory) {
  std::string params;
  for (int i = 0; i < 20; ++i)
    params += fmt::format("(param \"p{}\" u32) ", i);
  Wat wat{.body = R"((func (export "run") (param $p i32) (result i32)
            (i32.add (i32.load (local.get $p)) (i32.load offset=76 (local.get $p)))))",
          .type = "(func " + params + "(result u32))"};
  Running running(shared_engine(), wat.text());
  running.instantiate();
  Bytes args;
  for (uint32_t i = 0; i < 20; ++i)
    wit::encode_to(args, i * 1000);
  ASSERT_EQ(running.call(args), Progress::kDone) << running.guest->trap().to_string();
  EXPECT_EQ(wit::decode<uint32_t>(running.guest->result()).value(), 19'000U);
}

// Calls host function f with "hello" and returns what it answered.
Wat asks_host() {
  return {.body = R"((data (i32.const 8) "hello")
            (func (export "run") (result i32)
              (call $f (i32.const 8) (i32.const 5) (i32.const 32))
              (i32.const 32)))",
          .type = "(func (result (result string (error string))))",
          .imports = R"((import "test:t/host" (instance $h
              (export "f" (func (param "x" string) (result (result string (error string)))))))
            (core module $shim_m
              (table (export "t") 1 1 funcref)
              (func (export "f") (param i32 i32 i32)
                (call_indirect (param i32 i32 i32)
                  (local.get 0) (local.get 1) (local.get 2) (i32.const 0))))
            (core instance $shim (instantiate $shim_m)))",
          .core_imports = R"((import "host" "f" (func $f (param i32 i32 i32))))",
          .instantiate_with = R"((with "host" (instance $shim))))
            (core func $lowered (canon lower (func $h "f") (memory (core memory $i "memory"))
              (realloc (core func $i "realloc"))))
            (core module $fix_m
              (import "" "f" (func $f (param i32 i32 i32)))
              (import "" "t" (table 1 1 funcref))
              (elem (i32.const 0) func $f))
            (core instance (instantiate $fix_m (with "" (instance
              (export "f" (func $lowered)) (export "t" (table $shim "t")))))"};
}

using Answer = tl::expected<std::string, std::string>;

TEST(Guest, CallsTheHostAndReadsItsAnswer) {
  Running running(shared_engine(), asks_host().text());
  running.host->on_call = [](uint32_t, ByteView args, Bytes& result) {
    EXPECT_EQ(wit::decode<std::string>(args).value(), "hello");
    wit::encode_to(result, Answer("good day"));
    return HostAnswer::kDone;
  };
  running.instantiate();
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(running.call({}), Progress::kDone) << running.guest->trap().to_string();
    EXPECT_EQ(wit::decode<Answer>(running.guest->result()).value(), Answer("good day"));
  }
}

TEST(Guest, AHostThatRefusesTrapsTheGuestWithItsReasonAndABacktrace) {
  Running running(shared_engine(), asks_host().text());
  running.host->on_call = [](uint32_t, ByteView, Bytes& result) {
    append(result, as_bytes("not today"));
    return HostAnswer::kTrap;
  };
  running.instantiate();
  ASSERT_EQ(running.call({}), Progress::kTrapped);
  EXPECT_EQ(running.guest->trap().code, TrapCode::kHostRefused);
  EXPECT_EQ(running.guest->trap().message, "not today");
  EXPECT_FALSE(running.guest->trap().backtrace.empty());
}

TEST(Guest, AnAnswerOfTheWrongTypeIsTheHostsFaultAndHarmless) {
  Running running(shared_engine(), asks_host().text());
  running.host->on_call = [](uint32_t, ByteView, Bytes& result) {
    append(result, Bytes{7, 7, 7});
    return HostAnswer::kDone;
  };
  running.instantiate();
  ASSERT_EQ(running.call({}), Progress::kTrapped);
  EXPECT_EQ(running.guest->trap().code, TrapCode::kBadValue);
}

class WaitingGuest : public ::testing::Test {
 protected:
  WaitingGuest() {
    running_.host->on_waiting = [this](uint32_t, ByteView, Bytes&, Completion& completion) {
      completion_ = std::move(completion);
      return HostAnswer::kLater;
    };
    running_.instantiate();
  }
  Running running_{shared_engine(), asks_host().text(), {}, HostMode::kMayWait};
  Completion completion_;
};

TEST_F(WaitingGuest, IsParkedUntilItsCompletionIsUsedOnAnyThread) {
  ASSERT_EQ(running_.call({}), Progress::kWaiting);
  EXPECT_EQ(running_.guest->resume(), Progress::kWaiting) << "a spurious wake changes nothing";
  EXPECT_EQ(running_.waker->count, 0);
  std::thread([this] {
    EXPECT_TRUE(std::move(completion_).answer(wit::encode(Answer("at last"))));
  }).join();
  EXPECT_EQ(running_.waker->count, 1);
  ASSERT_EQ(running_.finish(), Progress::kDone) << running_.guest->trap().to_string();
  EXPECT_EQ(wit::decode<Answer>(running_.guest->result()).value(), Answer("at last"));
}

TEST_F(WaitingGuest, ALateErrorTrapsItWithABacktrace) {
  ASSERT_EQ(running_.call({}), Progress::kWaiting);
  EXPECT_TRUE(std::move(completion_).trap(TrapCode::kHostRefused, "connection refused"));
  ASSERT_EQ(running_.finish(), Progress::kTrapped);
  EXPECT_EQ(running_.guest->trap().message, "connection refused");
  EXPECT_FALSE(running_.guest->trap().backtrace.empty());
}

TEST_F(WaitingGuest, ADroppedCompletionIsAnError) {
  ASSERT_EQ(running_.call({}), Progress::kWaiting);
  completion_ = Completion();
  ASSERT_EQ(running_.finish(), Progress::kTrapped);
  EXPECT_THAT(running_.guest->trap().message, HasSubstr("without an answer"));
}

TEST_F(WaitingGuest, DestroyedWhileWaitingItCancelsTheCompletion) {
  ASSERT_EQ(running_.call({}), Progress::kWaiting);
  EXPECT_FALSE(completion_.cancelled());
  running_.guest.reset();
  EXPECT_TRUE(completion_.cancelled());
  EXPECT_FALSE(std::move(completion_).answer(wit::encode(Answer("too late"))));
  EXPECT_EQ(running_.waker->count, 0) << "no actor is woken for a guest that is gone";
}

TEST_F(WaitingGuest, MayAlsoBeAnsweredAtOnce) {
  running_.host->on_waiting = [](uint32_t, ByteView, Bytes& result, Completion&) {
    wit::encode_to(result, Answer("now"));
    return HostAnswer::kDone;
  };
  ASSERT_EQ(running_.call({}), Progress::kDone) << running_.guest->trap().to_string();
  EXPECT_EQ(wit::decode<Answer>(running_.guest->result()).value(), Answer("now"));
}

TEST_F(WaitingGuest, KilledWhileWaitingItEndsAtTheNextResume) {
  ASSERT_EQ(running_.call({}), Progress::kWaiting);
  running_.guest->interrupt();
  ASSERT_EQ(running_.guest->resume(), Progress::kTrapped);
  EXPECT_EQ(running_.guest->trap().code, TrapCode::kKilled);
  EXPECT_TRUE(completion_.cancelled());
}

TEST(Guest, ThousandsWaitAtOnceAndEachGetsItsOwnAnswer) {
  auto program = testing::make_program(shared_engine(), asks_host().text(), HostMode::kMayWait);
  struct Waiter {
    testing::ScriptedHost host;
    Completion completion;
    std::unique_ptr<Guest> guest;
  };
  auto waker = std::make_shared<testing::CountingWaker>();
  std::vector<std::unique_ptr<Waiter>> waiters;
  for (int i = 0; i < 1000; ++i) {
    auto waiter = std::make_unique<Waiter>();
    waiter->host.on_waiting = [w = waiter.get()](uint32_t, ByteView, Bytes&,
                                                 Completion& completion) {
      w->completion = std::move(completion);
      return HostAnswer::kLater;
    };
    waiter->guest = program->make_guest({}, waiter->host, waker).value();
    waiter->guest->instantiate();
    ASSERT_EQ(waiter->guest->resume(), Progress::kDone);
    waiter->guest->call(0, {});
    ASSERT_EQ(waiter->guest->resume(), Progress::kWaiting);
    waiters.push_back(std::move(waiter));
  }
  std::thread([&] {
    for (size_t i = 0; i < waiters.size(); ++i) {
      std::move(waiters[i]->completion).answer(wit::encode(Answer(std::to_string(i))));
    }
  }).join();
  EXPECT_EQ(waker->count, 1000);
  for (size_t i = 0; i < waiters.size(); ++i) {
    ASSERT_EQ(waiters[i]->guest->resume(), Progress::kDone);
    EXPECT_EQ(wit::decode<Answer>(waiters[i]->guest->result()).value(), Answer(std::to_string(i)));
  }
}

Wat spins() {
  return {.body = R"((func (export "run") (loop $l (br $l))))"};
}

TEST(Guest, ASpinningGuestGivesWayAtEachTick) {
  Running running(shared_engine(), spins().text());
  running.instantiate();
  Ticker ticker(shared_engine());
  running.begin({});
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(running.guest->resume(), Progress::kYielded);
  running.guest->interrupt();
  EXPECT_EQ(running.guest->resume(), Progress::kTrapped);
  EXPECT_EQ(running.guest->trap().code, TrapCode::kKilled);
}

TEST(Guest, AKillFromAnotherThreadStopsARunningGuest) {
  Running running(shared_engine(), spins().text());
  running.instantiate();
  Ticker ticker(shared_engine());
  running.begin({});
  std::thread killer([&] { running.guest->interrupt(); });
  EXPECT_EQ(running.finish(), Progress::kTrapped);
  killer.join();
  EXPECT_EQ(running.guest->trap().code, TrapCode::kKilled);
}

TEST(Guest, ACallEndsWhenItsCpuLimitIsReached) {
  Running running(shared_engine(), spins().text(), {.call_ticks = 5});
  running.instantiate();
  Ticker ticker(shared_engine());
  ASSERT_EQ(running.call({}), Progress::kTrapped);
  EXPECT_EQ(running.guest->trap().code, TrapCode::kCpuLimit);
}

TEST(Guest, AnEndlessStartFunctionReachesTheCpuLimitToo) {
  Wat wat{.body = R"((func $spin (loop $l (br $l))) (start $spin) (func (export "run")))"};
  Running running(shared_engine(), wat.text(), {.call_ticks = 5});
  Ticker ticker(shared_engine());
  ASSERT_EQ(running.instantiate(), Progress::kTrapped);
  EXPECT_EQ(running.guest->trap().code, TrapCode::kCpuLimit);
}

TEST(Guest, GrowingPastTheLimitAnswersMinusOneAndTheGuestGoesOn) {
  Wat wat{.body = R"((func (export "run") (result i32)
            (drop (memory.grow (i32.const 3))) (memory.grow (i32.const 1))))",
          .type = "(func (result s32))"};
  Running running(shared_engine(), wat.text(), {.memory_bytes = 4 * 65536});
  running.instantiate();
  ASSERT_EQ(running.call({}), Progress::kDone) << running.guest->trap().to_string();
  EXPECT_EQ(wit::decode<int32_t>(running.guest->result()).value(), -1);
  EXPECT_EQ(running.guest->memory_bytes(), 4U * 65536);
  EXPECT_EQ(running.call({}), Progress::kDone);
}

// Most guests do not look at the answer, or trap when they see it.
TEST(Guest, ATrapSaysWhatGrowthWasRefusedBeforeItInTheSameCall) {
  Wat wat{.body = R"((table $t 1 funcref)
            (func (export "run") (param $what i32)
              (if (i32.eq (local.get $what) (i32.const 1))
                (then (drop (memory.grow (i32.const 9))) (unreachable)))
              (if (i32.eq (local.get $what) (i32.const 2))
                (then (drop (table.grow $t (ref.null func) (i32.const 7))) (unreachable)))
              (if (i32.eq (local.get $what) (i32.const 3))
                (then (drop (memory.grow (i32.const 9)))))
              (if (i32.eq (local.get $what) (i32.const 4)) (then (unreachable)))))",
          .type = "(func (param \"what\" u32))"};
  auto refused_in = [&](std::initializer_list<uint32_t> calls) {
    Running running(shared_engine(), wat.text(), {.memory_bytes = 4 * 65536, .table_elements = 5});
    running.instantiate();
    Progress progress = Progress::kDone;
    for (uint32_t what : calls)
      progress = running.call(wit::encode(what));
    EXPECT_EQ(progress, Progress::kTrapped);
    EXPECT_EQ(running.guest->trap().code, TrapCode::kUnreachable);
    return running.guest->trap().refused;
  };
  EXPECT_EQ(refused_in({1}), (RefusedGrowth{TrapCode::kMemoryLimit, 10 * 65536}));
  EXPECT_EQ(refused_in({2}), (RefusedGrowth{TrapCode::kTableLimit, 8}));
  EXPECT_EQ(refused_in({3, 4}), std::nullopt);
}

TEST(Guest, GrowingPastTheModulesOwnMaximumUsesUpNothing) {
  Wat wat{.body = R"((func (export "run") (result i32) (local $i i32)
            (loop $next
              (drop (memory.grow (i32.const 2)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $next (i32.lt_u (local.get $i) (i32.const 100))))
            (memory.grow (i32.const 1))))",
          .type = "(func (result s32))",
          .memory = "1 2"};
  Running running(shared_engine(), wat.text(), {.memory_bytes = 4 * 65536});
  running.instantiate();
  ASSERT_EQ(running.call({}), Progress::kDone) << running.guest->trap().to_string();
  EXPECT_EQ(wit::decode<int32_t>(running.guest->result()).value(), 1);
  EXPECT_EQ(running.guest->memory_bytes(), 2U * 65536);
}

TEST(Guest, AMemoryThatStartsPastTheLimitIsNeverMade) {
  Wat wat{.body = R"((func (export "run")))", .memory = "5"};
  Running running(shared_engine(), wat.text(), {.memory_bytes = 4 * 65536});
  ASSERT_EQ(running.instantiate(), Progress::kTrapped);
  EXPECT_EQ(running.guest->trap().code, TrapCode::kMemoryLimit) << running.guest->trap().message;
}

TEST(Guest, TablesAndInstancesAreLimited) {
  Wat table{.body = R"((table 2000 funcref) (func (export "run")))"};
  Running tables(shared_engine(), table.text(), {.table_elements = 1000});
  ASSERT_EQ(tables.instantiate(), Progress::kTrapped);
  EXPECT_EQ(tables.guest->trap().code, TrapCode::kTableLimit) << tables.guest->trap().message;

  Wat many{
      .body = R"((func (export "run")))",
      .imports =
          "(core module $e) (core instance (instantiate $e)) (core instance (instantiate $e))"};
  Running instances(shared_engine(), many.text(), {.core_instances = 2});
  ASSERT_EQ(instances.instantiate(), Progress::kTrapped);
  EXPECT_EQ(instances.guest->trap().code, TrapCode::kInstanceLimit)
      << instances.guest->trap().message;
}

TEST(Guest, AListPastThePayloadLimitTrapsOnItsWayOut) {
  Wat wat{.body = R"((func (export "run") (param $n i32) (result i32)
            (i32.store (i32.const 16) (i32.const 1024))
            (i32.store (i32.const 20) (local.get $n)) (i32.const 16)))",
          .type = "(func (param \"n\" u32) (result (list u8)))",
          .memory = "4"};
  Running running(shared_engine(), wat.text(), {.payload_bytes = 100'000});
  running.instantiate();
  ASSERT_EQ(running.call(wit::encode(uint32_t{100'000})), Progress::kDone)
      << running.guest->trap().to_string();
  ASSERT_EQ(running.call(wit::encode(uint32_t{100'001})), Progress::kTrapped);
  EXPECT_EQ(running.guest->trap().code, TrapCode::kPayloadLimit) << running.guest->trap().message;
}

TEST(Guest, DeepRecursionTrapsCleanly) {
  Wat wat{.body = R"((func $r (param i32) (result i32)
            (i32.add (i32.const 1) (call $r (i32.add (local.get 0) (i32.const 1)))))
            (func (export "run") (drop (call $r (i32.const 0)))))"};
  Running running(shared_engine(), wat.text());
  running.instantiate();
  ASSERT_EQ(running.call({}), Progress::kTrapped);
  EXPECT_EQ(running.guest->trap().code, TrapCode::kStackOverflow);
}

// Recurses as deep as it may, then calls the host with a value of a deeply nested type.
Wat recurses_then_calls(const std::string& type) {
  return {.body = R"((func $down (param i32)
            (if (i32.eqz (local.get 0)) (then (call $f (i32.const 64) (i32.const 1)))
              (else (call $down (i32.sub (local.get 0) (i32.const 1))))))
            (func (export "run") (param i32) (call $down (local.get 0))))",
          .type = "(func (param \"depth\" u32))",
          .imports = fmt::format(R"((import "test:t/host" (instance $h
              (export "f" (func (param "x" (list {}))))))
            (core module $mem_m (memory (export "memory") 1))
            (core instance $mem (instantiate $mem_m))
            (core func $lowered (canon lower (func $h "f") (memory (core memory $mem "memory")))))",
                                 type),
          .core_imports = R"((import "host" "f" (func $f (param i32 i32))))",
          .instantiate_with = R"((with "host" (instance (export "f" (func $lowered)))))"};
}

TEST(Guest, LeavesMostOfItsStackToTheBinderAtItsDeepest) {
  std::string type = "u8";
  Bytes value = {0};
  for (int i = 0; i < 60; ++i)
    type = "(tuple " + type + ")";
  // Returned pages are zero, so what is not zero afterwards was used.
  StackArena& stacks = shared_engine().stack_arena();
  uint8_t* stack = stacks.take();
  std::fill(stack, stack + stacks.stack_size(), uint8_t{1});
  stacks.give_back(stack);
  Running running(shared_engine(), recurses_then_calls(type).text());
  int calls = 0;
  running.host->on_call = [&](uint32_t, ByteView, Bytes&) {
    ++calls;
    return HostAnswer::kDone;
  };
  running.instantiate();
  uint32_t depth = 100;
  while (running.call(wit::encode(depth)) == Progress::kDone && depth < 100'000)
    depth += 100;
  EXPECT_EQ(running.guest->trap().code, TrapCode::kStackOverflow);
  EXPECT_GT(calls, 3) << "some calls came from just above the bound";
  const uint8_t* used =
      std::find_if(stack, stack + stacks.stack_size(), [](uint8_t byte) { return byte != 0; });
  size_t free_bytes = static_cast<size_t>(used - stack);
  RecordProperty("free_stack_bytes", static_cast<int>(free_bytes));
  EXPECT_GT(free_bytes, size_t{48} << 10) << "of " << stacks.stack_size();
}

// An overrun writes the address that its function returns to somewhere in the lowest 256
// bytes.
TEST(GuestDeathTest, AWriteIntoTheCanaryOfAStackEndsTheProcess) {
  StackArena& stacks = shared_engine().stack_arena();
  // The next guest gets the stack that was given back last.
  uint8_t* stack = stacks.take();
  stacks.give_back(stack);
  Running running(shared_engine(), recurses_then_calls("u8").text());
  size_t offset = 0;
  running.host->on_call = [&](uint32_t, ByteView, Bytes&) {
    stack[offset] = 1;
    return HostAnswer::kDone;
  };
  running.instantiate();
  for (size_t low : {0, 40, 128, 255}) {
    offset = low;
    EXPECT_DEATH(running.call(wit::encode(uint32_t{0})), "a fiber's stack was overrun") << low;
  }
  // Where a frame may be.
  offset = stacks.stack_size() / 2;
  EXPECT_EQ(running.call(wit::encode(uint32_t{0})), Progress::kDone);
}

TEST(Guest, TrapsCarryTheirCodes) {
  struct Case {
    const char* body;
    TrapCode code;
  };
  for (const Case& item : {
           Case{"(unreachable)", TrapCode::kUnreachable},
           Case{"(drop (i32.load (i32.const -4)))", TrapCode::kMemoryOutOfBounds},
           Case{"(drop (i32.div_u (i32.const 1) (i32.const 0)))", TrapCode::kIntegerDivisionByZero},
           Case{"(drop (i32.div_s (i32.const -2147483648) (i32.const -1)))",
                TrapCode::kIntegerOverflow},
           Case{"(drop (i32.trunc_f32_s (f32.const nan)))", TrapCode::kBadConversionToInteger},
           Case{"(call_indirect (i32.const 9))", TrapCode::kTableOutOfBounds},
           Case{"(call_indirect (i32.const 0))", TrapCode::kBadIndirectCall},
       }) {
    Wat wat{.body = fmt::format("(table 1 funcref) (func (export \"run\") {})", item.body)};
    Running running(shared_engine(), wat.text());
    running.instantiate();
    ASSERT_EQ(running.call({}), Progress::kTrapped) << item.body;
    EXPECT_EQ(running.guest->trap().code, item.code) << running.guest->trap().to_string();
    EXPECT_FALSE(running.guest->trap().backtrace.empty());
  }
}

TEST(Guest, NansAreCanonicalOnTheWayOut) {
  Wat wat{.body = R"((func (export "run") (result f64)
            (f64.reinterpret_i64 (i64.const 0x7ff0000000000001))))",
          .type = "(func (result f64))"};
  Running running(shared_engine(), wat.text());
  running.instantiate();
  ASSERT_EQ(running.call({}), Progress::kDone);
  EXPECT_EQ(to_bytes(running.guest->result()), (Bytes{0, 0, 0, 0, 0, 0, 0xf8, 0x7f}));
}

}  // namespace theater::engine::guest_test
