// Guests that try to break out: each reaches a trap of its own, and no bytes of another guest.
#include "theater/engine/arena.h"
#include "theater/engine/testing/wat_guests.h"

#include <gmock/gmock.h>

namespace theater::engine::hostile_test {

using ::testing::HasSubstr;
using testing::Running;
using testing::shared_engine;
using testing::Wat;

// Reads one byte at the address it is given.
Wat peeks(const std::string& memory) {
  return {.body = R"((func (export "run") (param i32) (result i32) (i32.load8_u (local.get 0))))",
          .type = "(func (param \"at\" u32) (result u8))",
          .memory = memory};
}

// The shapes a memory can be declared in; each decides differently how its accesses are checked.
constexpr const char* kShapes[] = {"1", "1 16", "2 2", "0 1", "1 65536", "0"};

TEST(HostileGuest, AnAccessPastTheMemorysSizeTrapsInEveryShape) {
  for (const char* shape : kShapes) {
    Running probe(shared_engine(), peeks(shape).text());
    ASSERT_EQ(probe.instantiate(), Progress::kDone) << shape;
    auto size = static_cast<uint32_t>(probe.guest->memory_bytes());
    if (size > 0) {
      EXPECT_EQ(probe.call(wit::encode(size - 1)), Progress::kDone) << shape;
    }
    for (uint32_t at : {size, size + 1, size + 4096, size + 65536, size + (255U << 10), 16U << 20,
                        0x7fffffffU, 0xffffffffU}) {
      Running running(shared_engine(), peeks(shape).text());
      running.instantiate();
      ASSERT_EQ(running.call(wit::encode(at)), Progress::kTrapped) << shape << " at " << at;
      EXPECT_EQ(running.guest->trap().code, TrapCode::kMemoryOutOfBounds);
    }
  }
}

TEST(HostileGuest, WideAndOffsetAccessesAreCheckedToo) {
  for (const char* shape : kShapes) {
    for (const char* access : {"(drop (i64.load (i32.sub (local.get 0) (i32.const 7))))",
                               "(drop (i32.load offset=4294967292 (local.get 0)))",
                               "(drop (v128.load (i32.sub (local.get 0) (i32.const 15))))",
                               "(i64.store (i32.sub (local.get 0) (i32.const 7)) (i64.const -1))",
                               "(memory.fill (local.get 0) (i32.const 1) (i32.const 1))",
                               "(memory.copy (local.get 0) (i32.const 0) (i32.const 1))"}) {
      Wat wat{.body = fmt::format("(func (export \"run\") (param i32) {})", access),
              .type = "(func (param \"at\" u32))",
              .memory = shape};
      Running running(shared_engine(), wat.text());
      running.instantiate();
      auto size = static_cast<uint32_t>(running.guest->memory_bytes());
      ASSERT_EQ(running.call(wit::encode(size)), Progress::kTrapped) << shape << " " << access;
      EXPECT_EQ(running.guest->trap().code, TrapCode::kMemoryOutOfBounds);
    }
  }
}

TEST(HostileGuest, TheNextOwnerOfItsMemoryFindsZeros) {
  // Fills all of its memory and what it can grow to.
  Wat writer{.body = R"((func (export "run")
               (drop (memory.grow (i32.const 20)))
               (memory.fill (i32.const 0) (i32.const 0xee) (i32.mul (memory.size) (i32.const 65536)))))",
             .memory = "1 40"};
  // Grows likewise and answers the sum of all bytes but the allocator's.
  Wat reader{.body = R"((func (export "run") (result i64) (local $i i32) (local $sum i64)
               (drop (memory.grow (i32.const 39)))
               (loop $next
                 (local.set $sum (i64.add (local.get $sum) (i64.load8_u (local.get $i))))
                 (local.set $i (i32.add (local.get $i) (i32.const 1)))
                 (br_if $next (i32.lt_u (local.get $i) (i32.mul (memory.size) (i32.const 65536)))))
               (local.get $sum)))",
             .type = "(func (result u64))",
             .memory = "1 40"};
  for (int round = 0; round < 3; ++round) {
    {
      Running running(shared_engine(), writer.text());
      running.instantiate();
      ASSERT_EQ(running.call({}), Progress::kDone) << running.guest->trap().to_string();
    }
    Running running(shared_engine(), reader.text());
    running.instantiate();
    ASSERT_EQ(running.call({}), Progress::kDone) << running.guest->trap().to_string();
    EXPECT_EQ(wit::decode<uint64_t>(running.guest->result()).value(), 0U);
  }
}

TEST(HostileGuest, ASlotsOldContentsAreNotReachableByGrowing) {
  // The owner before shrinks nothing: its slot holds 0xee up to 21 pages when it is freed.
  uint8_t* slot = shared_engine().memory_arena().take(size_t{4} << 20);
  std::fill(slot, slot + (size_t{2} << 20), uint8_t{0xee});
  shared_engine().memory_arena().give_back(slot, size_t{4} << 20, size_t{2} << 20);
  Wat wat{.body = R"((func (export "run") (result i32)
            (drop (memory.grow (i32.const 15))) (i32.load (i32.const 983040))))",
          .type = "(func (result u32))",
          .memory = "1 40"};
  Running running(shared_engine(), wat.text());
  running.instantiate();
  ASSERT_EQ(running.call({}), Progress::kDone);
  EXPECT_EQ(wit::decode<uint32_t>(running.guest->result()).value(), 0U);
}

struct BadAnswer {
  const char* what;
  const char* body;
  const char* type;
};

TEST(HostileGuest, ResultsThatBreakTheCanonicalAbiTrapTheGuestAlone) {
  for (const BadAnswer& bad : {
           BadAnswer{"a list that reaches past the memory",
                     "(i32.store (i32.const 8) (i32.const 65530)) (i32.store (i32.const 12) "
                     "(i32.const 100)) "
                     "(i32.const 8)",
                     "(list u8)"},
           BadAnswer{
               "a length that wraps around",
               "(i32.store (i32.const 8) (i32.const 16)) (i32.store (i32.const 12) (i32.const -1)) "
               "(i32.const 8)",
               "(list u64)"},
           BadAnswer{
               "a misaligned list",
               "(i32.store (i32.const 8) (i32.const 17)) (i32.store (i32.const 12) (i32.const 1)) "
               "(i32.const 8)",
               "(list u32)"},
           BadAnswer{"a result pointer past the memory", "(i32.const 65534)", "string"},
           BadAnswer{"a misaligned result pointer", "(i32.const 9)", "string"},
           BadAnswer{"a string that is not UTF-8",
                     "(i32.store (i32.const 16) (i32.const 0xff)) (i32.store (i32.const 8) "
                     "(i32.const 16)) "
                     "(i32.store (i32.const 12) (i32.const 1)) (i32.const 8)",
                     "string"},
           BadAnswer{"a surrogate as a char", "(i32.const 0xd800)", "char"},
           BadAnswer{"a char past Unicode", "(i32.const 0x110000)", "char"},
           BadAnswer{"an option with case 2",
                     "(i32.store (i32.const 8) (i32.const 2)) (i32.const 8)", "(option u32)"},
           BadAnswer{"a result with case 255",
                     "(i32.store (i32.const 8) (i32.const 255)) (i32.const 8)",
                     "(result u32 (error u32))"},
       }) {
    Wat wat{.body = fmt::format("(func (export \"run\") (result i32) {})", bad.body),
            .type = fmt::format("(func (result {}))", bad.type)};
    Running running(shared_engine(), wat.text());
    running.instantiate();
    ASSERT_EQ(running.call({}), Progress::kTrapped) << bad.what;
    EXPECT_EQ(running.guest->trap().code, TrapCode::kBadValue)
        << bad.what << ": " << running.guest->trap().to_string();
  }
}

TEST(HostileGuest, AnAllocatorThatLiesTrapsTheGuestAlone) {
  for (const char* pointer :
       {"(i32.const -8)", "(i32.const 65535)", "(i32.const 3)", "(unreachable)"}) {
    std::string wat = Wat{.body = R"((func (export "run") (param i32 i32)))",
                          .type = "(func (param \"v\" (list u32)))"}
                          .text();
    size_t at = wat.find("(local.set $p");
    wat.insert(at, fmt::format("(return {})", pointer));
    Running running(shared_engine(), wat);
    ASSERT_EQ(running.instantiate(), Progress::kDone);
    ASSERT_EQ(running.call(wit::encode(std::vector<uint32_t>{1, 2, 3})), Progress::kTrapped)
        << pointer;
  }
}

TEST(HostileGuest, AListOfManyViewsOfOneStringIsBoundedByThePayloadLimit) {
  // 8,000 strings of 60,000 bytes that are all the same place: 64 KiB of memory, 480 MB of value.
  Wat wat{.body = R"((func (export "run") (result i32) (local $i i32)
            (memory.fill (i32.const 0) (i32.const 0x61) (i32.const 65536))
            (loop $next
              (i32.store (i32.add (i32.const 65536) (i32.shl (local.get $i) (i32.const 3))) (i32.const 0))
              (i32.store (i32.add (i32.const 65540) (i32.shl (local.get $i) (i32.const 3))) (i32.const 60000))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $next (i32.lt_u (local.get $i) (i32.const 8000))))
            (i32.store (i32.const 131064) (i32.const 65536))
            (i32.store (i32.const 131068) (i32.const 8000))
            (i32.const 131064)))",
          .type = "(func (result (list string)))",
          .memory = "2"};
  Running running(shared_engine(), wat.text(), {.payload_bytes = size_t{1} << 20});
  running.instantiate();
  ASSERT_EQ(running.call({}), Progress::kTrapped);
  EXPECT_EQ(running.guest->trap().code, TrapCode::kPayloadLimit)
      << running.guest->trap().to_string();
}

TEST(HostileGuest, OneGuestsTrapLeavesTheOthersRunning) {
  Running good(shared_engine(), peeks("1").text());
  good.instantiate();
  for (int i = 0; i < 50; ++i) {
    Running bad(shared_engine(), peeks("1").text());
    bad.instantiate();
    ASSERT_EQ(bad.call(wit::encode(uint32_t{1} << 30)), Progress::kTrapped);
    ASSERT_EQ(good.call(wit::encode(uint32_t{100})), Progress::kDone);
  }
}

}  // namespace theater::engine::hostile_test
