#include "theater/runtime/program_cache.h"

#include "theater/actor/testing/probe_handler.h"
#include "theater/runtime/testing/scripted_loader.h"

#include <gtest/gtest.h>

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
  auto one = cache.get(digest, reads("guest"), {"desk"});
  ASSERT_TRUE(one) << one.error().to_string();
  EXPECT_EQ(*cache.get(digest, reads("guest"), {"desk"}), *one);
  EXPECT_EQ(*cache.get(as_bytes("guest"), {"desk"}), *one) << "its bytes have that digest";
  EXPECT_EQ(read, 1);
  EXPECT_EQ(loader.loads(), 1);
  EXPECT_TRUE(cache.get(digest, reads("guest"), {})) << "with other handlers it is another";
  EXPECT_EQ(read, 2);
}

TEST_F(ProgramCacheTest, FailuresAreNotKept) {
  EXPECT_FALSE(cache.get(digest, [] { return Result<Bytes>(fail(ErrorCode::kIo, "lost")); }, {}));
  EXPECT_FALSE(cache.get(digest, reads("something else"), {}));
  EXPECT_TRUE(cache.get(digest, reads("guest"), {}));
}

}  // namespace theater::program_cache_test
