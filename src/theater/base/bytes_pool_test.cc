#include "theater/base/bytes_pool.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace theater::bytes_pool_test {

TEST(BytesPool, GivesThePieceThatCameBack) {
  BytesPool pool;
  std::shared_ptr<Bytes> first = pool.take(1000);
  first->assign(1000, 7);
  const uint8_t* memory = first->data();
  std::shared_ptr<const Bytes> other = first;
  first.reset();
  std::shared_ptr<Bytes> second = pool.take(1000);
  EXPECT_NE(second->data(), memory) << "it has an owner";
  other.reset();
  std::shared_ptr<Bytes> again = pool.take(1100);  // There is room for some more.
  EXPECT_EQ(again->data(), memory);
  EXPECT_TRUE(again->empty());
}

TEST(BytesPool, MakesRoomForAPieceThatIsLarger) {
  BytesPool pool;
  for (size_t size : {10, 1000, 100'000, 10, 1000, 300'000, 5}) {
    std::shared_ptr<Bytes> piece = pool.take(size);
    EXPECT_TRUE(piece->empty());
    EXPECT_GE(piece->capacity(), size);
    EXPECT_LE(piece->capacity(), 375'000u);
  }
}

TEST(BytesPool, KeepsAFewFreePiecesOfABoundedSize) {
  BytesPool pool;
  auto free_after = [&](size_t count, size_t size) {
    std::vector<std::shared_ptr<Bytes>> pieces;
    std::vector<const uint8_t*> places;
    for (size_t i = 0; i < count; ++i) {
      pieces.push_back(pool.take(size));
      places.push_back(pieces.back()->data());
    }
    pieces.clear();
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
      pieces.push_back(pool.take(size));
      for (const uint8_t* place : places)
        kept += pieces.back()->data() == place ? 1 : 0;
    }
    return kept;
  };
  EXPECT_GE(free_after(3, 5000), 3u);
  // The allocator may give the memory of the rest back, too; what counts is that nothing is lost.
  EXPECT_GE(free_after(20, 5000), BytesPool::kFreeMax);
  std::shared_ptr<Bytes> large = pool.take(BytesPool::kFreeBytesMax + 1);
  large.reset();
  EXPECT_LE(pool.take(10)->capacity(), BytesPool::kFreeBytesMax);
}

TEST(BytesPool, MayGoBeforeItsPieces) {
  std::shared_ptr<Bytes> piece;
  {
    BytesPool pool;
    piece = pool.take(100);
  }
  piece->assign(100, 1);
  EXPECT_EQ(piece->size(), 100u);
}

TEST(BytesPool, TakesPiecesBackFromAnyThread) {
  BytesPool pool;
  std::vector<std::jthread> threads;
  for (uint8_t t = 0; t < 4; ++t) {
    threads.emplace_back([&pool, t] {
      for (size_t i = 0; i < 500; ++i) {
        std::shared_ptr<Bytes> piece = pool.take(100 + i);
        piece->assign(100 + i, t);
        std::jthread([piece = std::move(piece), t, i] { EXPECT_EQ(*piece, Bytes(100 + i, t)); });
        if (i % 100 != 0) i += 20;
      }
    });
  }
}

}  // namespace theater::bytes_pool_test
