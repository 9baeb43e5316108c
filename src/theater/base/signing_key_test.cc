#include "theater/base/signing_key.h"

#include "theater/base/hex.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace theater::signing_key_test {

struct Vector {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};

// RFC 8032 section 7.1, tests 1 to 3 and SHA(abc).
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
     "bbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e"
     "0303dca179c138ac17ad9bef1177331a704"},
};

TEST(SigningKey, MatchesThePublishedVectors) {
  for (const Vector& vector : kVectors) {
    auto key = SigningKey::from_seed(from_hex(vector.seed).value());
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->seed()), vector.seed);
    EXPECT_EQ(to_hex(key->public_key()), vector.public_key);
    Bytes message = from_hex(vector.message).value();
    Signature signature = key->sign(message);
    EXPECT_EQ(to_hex(signature), vector.signature);
    EXPECT_TRUE(verify_signature(key->public_key(), message, signature));
  }
}

TEST(SigningKey, RefusesASeedOfAnotherLength) {
  for (size_t size : {0, 31, 33, 64}) {
    auto key = SigningKey::from_seed(Bytes(size, 1));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(SigningKey, AKeyThatIsNoPointVerifiesNothing) {
  SeededRandom random(7);
  Signature signature = SigningKey::generate(random).sign(as_bytes("text"));
  PublicKey no_point;
  no_point.fill(0xff);
  EXPECT_FALSE(verify_signature(no_point, as_bytes("text"), signature));
}

TEST(SigningKey, IsDrawnFromTheRandomBytes) {
  SeededRandom first(1), same(1), other(2);
  SigningKey key = SigningKey::generate(first);
  EXPECT_EQ(key.public_key(), SigningKey::generate(same).public_key());
  EXPECT_NE(key.public_key(), SigningKey::generate(other).public_key());
  EXPECT_NE(key.public_key(), SigningKey::generate(first).public_key());
}

RC_GTEST_PROP(SigningKey, AChangedBitOfMessageSignatureOrKeyIsRefused, (uint64_t seed)) {
  SeededRandom random(seed);
  SigningKey key = SigningKey::generate(random);
  Bytes message(1 + random.below(100));
  random.fill(message);
  Signature signature = key.sign(message);
  RC_ASSERT(verify_signature(key.public_key(), message, signature));

  auto flip = [&](auto& bytes) {
    bytes[random.below(bytes.size())] ^= static_cast<uint8_t>(1U << random.below(8));
  };
  Bytes other_message = message;
  flip(other_message);
  RC_ASSERT(!verify_signature(key.public_key(), other_message, signature));
  Signature other_signature = signature;
  flip(other_signature);
  RC_ASSERT(!verify_signature(key.public_key(), message, other_signature));
  PublicKey other_key = key.public_key();
  flip(other_key);
  RC_ASSERT(!verify_signature(other_key, message, signature));
}

}  // namespace theater::signing_key_test
