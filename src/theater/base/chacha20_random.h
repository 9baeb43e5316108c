// The key stream of ChaCha20 (RFC 8439) as a generator. Without the key, a reader cannot tell its
// bytes from others; with the key, a caller gets the same bytes again.
#pragma once

#include "theater/base/random.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct evp_cipher_ctx_st;

namespace theater {

// Not thread-safe; may move from thread to thread. The nonce is zero and the counter of blocks
// begins at zero, so the key alone decides the stream, however it is cut into calls of `fill`.
class ChaCha20Random final : public Random {
 public:
  static constexpr size_t kKeySize = 32;

  explicit ChaCha20Random(std::span<const uint8_t, kKeySize> key);
  ~ChaCha20Random() override;

  // The key is the SHA-256 of the seed's eight bytes, the least significant one first.
  static std::unique_ptr<ChaCha20Random> from_seed(uint64_t seed);
  // The key is drawn from `random`.
  static std::unique_ptr<ChaCha20Random> keyed_by(Random& random);

  void fill(std::span<uint8_t> out) override;

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };

  void next(std::span<uint8_t> out);

  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
  // Bytes that were made and not yet given out, at the end: calls are for a few of them at a time.
  std::array<uint8_t, 256> made_;
  size_t left_ = 0;
};

}  // namespace theater
