#include "theater/base/chacha20_random.h"

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/hex.h"

#include <gtest/gtest.h>

#include <set>

namespace theater::chacha20_random_test {

Bytes drawn(Random& random, size_t size) {
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

// RFC 8439, appendix A.1, test vectors 1 and 2: the first two blocks of the key of zeros.
TEST(ChaCha20Random, GivesTheKeyStreamOfTheStandard) {
  ChaCha20Random random(std::array<uint8_t, ChaCha20Random::kKeySize>{});
  EXPECT_EQ(to_hex(drawn(random, 64)),
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
            "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586");
  EXPECT_EQ(to_hex(drawn(random, 64)),
            "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
            "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f");
}

TEST(ChaCha20Random, GivesTheSameStreamHoweverItIsCut) {
  Bytes whole = drawn(*ChaCha20Random::from_seed(7), 5000);
  auto random = ChaCha20Random::from_seed(7);
  Bytes pieces;
  for (size_t size : {1, 7, 248, 0, 1, 256, 255, 1000, 3, 2000}) {
    Bytes piece = drawn(*random, size);
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  whole.resize(pieces.size());
  EXPECT_EQ(pieces, whole);
}

TEST(ChaCha20Random, ASeedIsHashedToAKey) {
  static constexpr uint8_t kSeed[] = {0x05, 0x04, 0x03, 0x02, 0x01, 0, 0, 0};
  ChaCha20Random by_key(sha256(kSeed).bytes);
  EXPECT_EQ(drawn(*ChaCha20Random::from_seed(0x0102030405), 100), drawn(by_key, 100));
}

TEST(ChaCha20Random, OtherSeedsAndKeysGiveOtherStreams) {
  SeededRandom keys(1);
  std::set<Bytes> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    seen.insert(drawn(*ChaCha20Random::from_seed(seed), 16));
    seen.insert(drawn(*ChaCha20Random::keyed_by(keys), 16));
  }
  EXPECT_EQ(seen.size(), 200u);
}

}  // namespace theater::chacha20_random_test
