#include "theater/engine/arena.h"

#include "theater/engine/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace theater::engine::arena_test {

bool all_zero(const uint8_t* data, size_t size) {
  return std::all_of(data, data + size, [](uint8_t byte) { return byte == 0; });
}

TEST(MemoryArena, TheNextOwnerOfASlotFindsZeros) {
  auto arena = MemoryArena::create(uint64_t{1} << 40).value();
  for (size_t used : {size_t{1}, size_t{70'000}, size_t{256} << 10, size_t{700'001}}) {
    uint8_t* slot = arena->take(size_t{1} << 20);
    ASSERT_NE(slot, nullptr);
    std::fill(slot, slot + used, uint8_t{0xaa});
    arena->give_back(slot, size_t{1} << 20, used);
    uint8_t* again = arena->take(size_t{1} << 20);
    EXPECT_EQ(again, slot) << "the slot freed last is given out first";
    EXPECT_TRUE(all_zero(again, size_t{1} << 20)) << used;
    arena->give_back(again, size_t{1} << 20, 0);
  }
}

TEST(MemoryArena, SlotsDoNotOverlapAndClassesFitTheirCapacity) {
  auto arena = MemoryArena::create(uint64_t{1} << 40).value();
  std::vector<std::pair<uint8_t*, size_t>> taken;
  for (size_t capacity : {size_t{1}, size_t{256} << 10, (size_t{256} << 10) + 1, size_t{4} << 20,
                          size_t{64} << 20, size_t{65} << 20}) {
    uint8_t* slot = arena->take(capacity);
    ASSERT_NE(slot, nullptr) << capacity;
    slot[0] = 1;
    slot[capacity - 1] = 1;
    taken.emplace_back(slot, capacity);
  }
  std::sort(taken.begin(), taken.end());
  for (size_t i = 1; i < taken.size(); ++i) {
    EXPECT_LE(taken[i - 1].first + taken[i - 1].second, taken[i].first);
  }
  EXPECT_EQ(arena->live(), taken.size());
}

TEST(MemoryArena, IsBoundedAndSaysSoWithNull) {
  // The smallest class has a tenth of the range, four slots; the largest has none.
  auto arena = MemoryArena::create(10 * (uint64_t{1} << 20)).value();
  for (int i = 0; i < 4; ++i)
    EXPECT_NE(arena->take(1), nullptr);
  EXPECT_EQ(arena->take(1), nullptr);
  EXPECT_EQ(arena->take(size_t{4} << 30), nullptr);
  EXPECT_EQ(arena->take((size_t{4} << 30) + 1), nullptr);
}

TEST(MemoryArena, HoldsAHundredThousandActorsOfTheDefaultLimit) {
  auto arena = MemoryArena::create(EngineOptions{}.memory_reservation_bytes).value();
  for (int i = 0; i < 100'000; ++i)
    ASSERT_NE(arena->take(Limits{}.memory_bytes), nullptr) << i;
}

TEST(MemoryArena, ManyThreadsNeverShareASlot) {
  auto arena = MemoryArena::create(uint64_t{1} << 36).value();
  std::atomic<bool> shared{false};
  auto work = [&](uint8_t mark) {
    for (int i = 0; i < 2000; ++i) {
      uint8_t* slot = arena->take(1);
      if (slot[0] != 0) shared = true;
      slot[0] = mark;
      std::this_thread::yield();
      if (slot[0] != mark) shared = true;
      arena->give_back(slot, 1, 1);
    }
  };
  std::vector<std::thread> threads;
  for (uint8_t t = 1; t <= 4; ++t)
    threads.emplace_back(work, t);
  for (auto& thread : threads)
    thread.join();
  EXPECT_FALSE(shared);
  EXPECT_EQ(arena->live(), 0U);
}

TEST(StackArena, IsBoundedAndReusesTheLastStack) {
  auto arena = StackArena::create(uint64_t{1} << 20, size_t{256} << 10).value();
  std::vector<uint8_t*> stacks;
  for (int i = 0; i < 4; ++i)
    stacks.push_back(arena->take());
  EXPECT_EQ(arena->take(), nullptr);
  arena->give_back(stacks[2]);
  EXPECT_EQ(arena->take(), stacks[2]);
}

TEST(AddressRange, ARefusedReservationIsAnError) {
  auto refused = MemoryArena::create(uint64_t{1} << 62);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace theater::engine::arena_test
