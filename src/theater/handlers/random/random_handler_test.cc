#include "theater/handlers/random/random_handler.h"

#include "theater/base/chacha20_random.h"
#include "theater/handlers/testing/handler_fixture.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace theater::random_handler_test {

using RandomBytes = tl::expected<Bytes, std::string>;
using Number = tl::expected<uint64_t, std::string>;
using Fraction = tl::expected<double, std::string>;
using Text = tl::expected<std::string, std::string>;
using testing::HandlerFixture;

// An actor whose manifest lists `random`, with a seed or without.
struct Drawer : HandlerFixture {
  explicit Drawer(std::optional<uint64_t> seed = 42)
      : HandlerFixture(std::make_unique<RandomHandler>()) {
    HandlerEntry& entry = manifest.handlers.emplace_back();
    entry.type = Capability::kRandom;
    entry.random_seed = seed;
    RandomPermissions& allowed = permissions.random.emplace();
    allowed.max_bytes.value = 1000;
    allowed.max_int.value = 1'000'000;
  }

  RandomBytes bytes(uint32_t length) { return call<RandomBytes>("random-bytes", length); }
  Number range(uint64_t min, uint64_t max) { return call<Number>("random-range", min, max); }
  // Something of every function.
  std::string some_of_each() {
    return fmt::format("{} {} {} {}", as_text(*bytes(20)), *range(0, 1'000'000),
                       *call<Fraction>("random-float"), *call<Text>("generate-uuid"));
  }
};

TEST(RandomHandler, WithoutTheCapabilityEveryFunctionIsRefused) {
  Drawer drawer;
  drawer.permissions.random.reset();
  const HandlerFixture& fixture = drawer;
  Session& session = drawer.session();
  auto refusal_of = [&](const HostFunction& function, const auto&... args) {
    Bytes encoded;
    wit::encode_params(encoded, args...);
    return function.refusal(session, encoded);
  };
  EXPECT_EQ(refusal_of(fixture.find<RandomBytes, uint32_t>("random-bytes"), uint32_t{0}), "random");
  EXPECT_EQ(refusal_of(fixture.find<Number, uint64_t, uint64_t>("random-range"), uint64_t{0},
                       uint64_t{1}),
            "random");
  EXPECT_EQ(refusal_of(fixture.find<Fraction>("random-float")), "random");
  EXPECT_EQ(refusal_of(fixture.find<Text>("generate-uuid")), "random");
}

TEST(RandomHandler, BytesAreBoundedByTheGrantAndByThePayloadLimit) {
  Drawer drawer;
  for (uint32_t length : {0, 1, 255, 256, 257, 1000})
    EXPECT_EQ(drawer.bytes(length)->size(), length);
  const HostFunction& function = drawer.find<RandomBytes, uint32_t>("random-bytes");
  Bytes args;
  wit::encode_params(args, uint32_t{1001});
  EXPECT_EQ(function.refusal(drawer.session(), args),
            "random:max-bytes=1001 (asked for 1001 bytes, allowed are 1000 a call)");

  Drawer granted;
  granted.permissions = Permissions::unrestricted();
  granted.manifest.limits.payload_bytes = 5000;
  EXPECT_EQ(granted.bytes(5000)->size(), 5000u);
  EXPECT_EQ(granted.bytes(std::numeric_limits<uint32_t>::max()).error(),
            "random-bytes(4294967295) does not fit the actor's payload limit (payload_bytes = "
            "5000): draw fewer at a time");
}

TEST(RandomHandler, ARangeEndsBeforeItsMaximum) {
  Drawer drawer;
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(*drawer.range(5, 8));
  EXPECT_EQ(seen, (std::set<uint64_t>{5, 6, 7}));
  EXPECT_EQ(*drawer.range(7, 8), 7u);
  EXPECT_EQ(drawer.range(8, 8).error(), "Invalid range: min (8) >= max (8)");
  EXPECT_EQ(drawer.range(9, 8).error(), "Invalid range: min (9) >= max (8)");
  EXPECT_TRUE(drawer.range(0, 1'000'000));
  EXPECT_EQ(drawer.range(0, 1'000'001).error(),
            "Requested max value (1000001) exceeds configured maximum (1000000)");
}

TEST(RandomHandler, ARangeMayBeAsWideAsItsType) {
  Drawer drawer;
  drawer.permissions = Permissions::unrestricted();
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  bool high = false;
  for (int i = 0; i < 100; ++i)
    high |= *drawer.range(0, kMost) > kMost / 2;
  EXPECT_TRUE(high);
  EXPECT_EQ(*drawer.range(kMost - 1, kMost), kMost - 1);
}

TEST(RandomHandler, ASeedRepeatsEveryValueUuidsIncluded) {
  std::string first = Drawer(7).some_of_each();
  EXPECT_EQ(Drawer(7).some_of_each(), first);
  EXPECT_NE(Drawer(8).some_of_each(), first);
}

TEST(RandomHandler, ASeededStreamIsTheOneThatIsDocumented) {
  Drawer drawer(7);
  Bytes expected(100);
  ChaCha20Random::from_seed(7)->fill(expected);
  EXPECT_EQ(*drawer.bytes(100), expected);
}

TEST(RandomHandler, WithoutASeedEachInstanceDrawsItsOwn) {
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i)
    seen.insert(Drawer(std::nullopt).some_of_each());
  for (int i = 0; i < 20; ++i) {
    Drawer secure(std::nullopt);
    secure.permissions.random->crypto_secure = true;
    seen.insert(secure.some_of_each());
  }
  EXPECT_EQ(seen.size(), 40u);
}

}  // namespace theater::random_handler_test
