// Ed25519 signatures (RFC 8032): how a node says that a log is its own.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/random.h"
#include "theater/base/result.h"

#include <array>
#include <cstdint>

namespace theater {

using PublicKey = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;

// The private half is wiped from memory when the object goes. Immutable; safe from any thread.
class SigningKey {
 public:
  static constexpr size_t kSeedSize = 32;

  static SigningKey generate(Random& random);

  // Fails with kInvalidArgument unless `seed` has 32 bytes.
  static Result<SigningKey> from_seed(ByteView seed);

  SigningKey(const SigningKey&) = default;
  SigningKey& operator=(const SigningKey&) = default;
  ~SigningKey();

  const PublicKey& public_key() const { return public_key_; }
  // The 32 bytes that from_seed() takes: a secret.
  ByteView seed() const { return seed_; }

  Signature sign(ByteView message) const;

 private:
  SigningKey() = default;

  std::array<uint8_t, kSeedSize> seed_{};
  PublicKey public_key_{};
};

// Whether `signature` is of `message` under `key`. False for a key that is no point of the curve.
bool verify_signature(const PublicKey& key, ByteView message, const Signature& signature);

}  // namespace theater
