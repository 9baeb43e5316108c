#include "theater/base/lru_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace theater::lru_cache_test {

TEST(LruCache, ForgetsWhatWasNotUsedForTheLongestTime) {
  LruCache<int, std::string> cache(3);
  for (int key : {1, 2, 3})
    cache.put(key, std::to_string(key));
  EXPECT_EQ(*cache.find(1), "1");
  cache.put(4, "4");
  EXPECT_EQ(cache.find(2), nullptr);
  EXPECT_EQ(*cache.find(1), "1");
  EXPECT_EQ(cache.size(), 3u);
}

TEST(LruCache, WeighsItsEntriesAndKeepsTheNewest) {
  LruCache<int, int> cache(10);
  cache.put(1, 1, 6);
  cache.put(2, 2, 4);
  EXPECT_EQ(cache.size(), 2u);
  cache.put(2, 3, 5);  // Replaced, and one too heavy together.
  EXPECT_EQ(cache.find(1), nullptr);
  EXPECT_EQ(*cache.find(2), 3);
  cache.put(3, 4, 100);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.weight(), 100u);
  cache.clear();
  EXPECT_EQ(cache.find(3), nullptr);
  EXPECT_EQ(cache.weight(), 0u);
}

TEST(LruCache, TakesAnEntryOut) {
  LruCache<int, std::string> cache(10);
  cache.put(1, "one", 6);
  cache.put(2, "two", 4);
  EXPECT_EQ(cache.take(1), "one");
  EXPECT_EQ(cache.find(1), nullptr);
  EXPECT_EQ(cache.take(1), std::nullopt);
  EXPECT_EQ(cache.weight(), 4u);
  cache.put(3, "three", 6);
  EXPECT_EQ(cache.size(), 2u);
}

}  // namespace theater::lru_cache_test
