#include "theater/runtime/program_cache.h"

#include "theater/actor/testing/probe_handler.h"
#include "theater/runtime/testing/scripted_loader.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace theater::program_cache_test {

using namespace testing;

struct ProgramCacheTest : ::testing::Test {
  ProgramCacheTest() {
    handlers.push_back(std::make_unique<ProbeHandler>());
    ScriptedComponent guest;
    guest.exports(init_function(), keep);
    loader.add("guest", std::move(guest));
  }

  ProgramCache::Read reads(std::string_view text) {
    return [this, text] {
      ++read;
      return Result<Bytes>(to_bytes(text));
    };
  }

  const Hash digest = sha256(to_bytes("guest"));
  HandlerSet handlers;
  ScriptedLoader loader;
  ProgramCache cache{loader, handlers};
  int read = 0;
};

TEST_F(ProgramCacheTest, WhatIsKnownByItsDigestIsReadOnce) {
  auto key = ProgramCache::key(digest, {"desk"});
  auto one = cache.get(key, reads("guest"));
  ASSERT_TRUE(one) << one.error().to_string();
  EXPECT_EQ(*cache.get(key, reads("guest")), *one);
  EXPECT_EQ(ProgramCache::key(as_bytes("guest"), {"desk"}), key) << "its bytes have that digest";
  EXPECT_EQ(read, 1);
  EXPECT_EQ(loader.loads(), 1);
  EXPECT_TRUE(cache.get(ProgramCache::key(digest, {}), reads("guest")))
      << "with other handlers it is another";
  EXPECT_EQ(read, 2);
}

TEST_F(ProgramCacheTest, FailuresAreNotKept) {
  auto key = ProgramCache::key(digest, {});
  EXPECT_FALSE(cache.get(key, [] { return Result<Bytes>(fail(ErrorCode::kIo, "lost")); }));
  EXPECT_FALSE(cache.get(key, reads("something else")));
  EXPECT_TRUE(cache.get(key, reads("guest")));
}

TEST_F(ProgramCacheTest, TellsACallerThatMayNotWaitWhenItIsMade) {
  auto key = ProgramCache::key(digest, {});
  EXPECT_EQ(*cache.get(key, reads("guest"), ProgramWait::kNone), nullptr);
  int told = 0;
  auto tell = [&] { ++told; };
  EXPECT_FALSE(*cache.when_made(key, tell)) << "no thread makes it";
  auto made = cache.get(key, [&]() -> Result<Bytes> {
    // Another caller's view while it is made.
    EXPECT_EQ(*cache.get(key, reads("guest"), ProgramWait::kNone), nullptr);
    EXPECT_EQ(*cache.get(key, reads("guest"), ProgramWait::kMake), nullptr);
    EXPECT_TRUE(*cache.when_made(key, tell));
    EXPECT_TRUE(*cache.when_made(key, tell));
    EXPECT_EQ(told, 0);
    return to_bytes("guest");
  });
  EXPECT_EQ(told, 2);
  EXPECT_EQ(*cache.get(key, reads("guest"), ProgramWait::kNone), *made);
  EXPECT_FALSE(*cache.when_made(key, tell)) << "it is ready";
  EXPECT_EQ(loader.loads(), 1);
}

TEST_F(ProgramCacheTest, TellsWaitingCallersOfAFailure) {
  auto key = ProgramCache::key(digest, {});
  int told = 0;
  EXPECT_FALSE(cache.get(key, [&]() -> Result<Bytes> {
    EXPECT_TRUE(*cache.when_made(key, [&] { ++told; }));
    return fail(ErrorCode::kIo, "lost");
  }));
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(cache.get(key, reads("guest")));
}

// The callers block in the same list as callbacks, so `told` counts up to them before the result.
struct Blocked : ProgramCacheTest {
  // Makes the program with `bytes` while `count` threads ask for it, and returns their results.
  std::vector<Result<ProgramCache::Program>> get_with(int count, const Result<Bytes>& bytes) {
    auto key = ProgramCache::key(digest, {});
    std::vector<Result<ProgramCache::Program>> results(static_cast<size_t>(count),
                                                       ProgramCache::Program());
    std::vector<std::thread> threads;
    auto made = cache.get(key, [&] {
      for (auto& result : results)
        threads.emplace_back([&] { result = cache.get(key, reads("guest")); });
      while (cache.waiting() < results.size())
        std::this_thread::yield();
      return bytes;
    });
    for (std::thread& thread : threads)
      thread.join();
    results.push_back(std::move(made));
    return results;
  }
};

TEST_F(Blocked, CallersGetTheProgramThatAnotherThreadMakes) {
  auto results = get_with(4, to_bytes("guest"));
  for (const auto& result : results) {
    ASSERT_TRUE(result) << result.error().to_string();
    EXPECT_EQ(*result, *results.back());
  }
  EXPECT_NE(*results.back(), nullptr);
  EXPECT_EQ(loader.loads(), 1);
  EXPECT_EQ(read, 0) << "no blocked caller read the component";
  EXPECT_EQ(cache.waiting(), 0u);
}

TEST_F(Blocked, CallersGetTheFailureOfAnotherThread) {
  auto results = get_with(4, fail(ErrorCode::kIo, "lost"));
  for (const auto& result : results) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message(), "lost");
  }
  EXPECT_EQ(read, 0) << "no blocked caller tried again";
}

TEST_F(ProgramCacheTest, BoundsTheWaitingCallers) {
  auto key = ProgramCache::key(digest, {});
  EXPECT_TRUE(cache.get(key, [&]() -> Result<Bytes> {
    for (size_t i = 0; i < ProgramCache::kWaitingMax; ++i)
      EXPECT_TRUE(*cache.when_made(key, [] {}));
    auto more = cache.when_made(key, [] {});
    EXPECT_FALSE(more);
    EXPECT_EQ(more.error().code(), ErrorCode::kResourceExhausted);
    auto blocks = cache.get(key, reads("guest"), ProgramWait::kBlock);
    EXPECT_FALSE(blocks);
    EXPECT_EQ(blocks.error().code(), ErrorCode::kResourceExhausted);
    return to_bytes("guest");
  }));
}

}  // namespace theater::program_cache_test
