#include "theater/base/chacha20_random.h"

#include "theater/base/check.h"
#include "theater/base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace theater {

namespace {

// Looked up by name once, and never freed.
const EVP_CIPHER* chacha20() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "ChaCha20", nullptr);
  THEATER_CHECK(cipher != nullptr, "the cryptography library has no ChaCha20");
  return cipher;
}

// So much is made at once: the library counts bytes in an int.
constexpr size_t kPieceMax = size_t{1} << 30;

}  // namespace

void ChaCha20Random::Free::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

ChaCha20Random::ChaCha20Random(std::span<const uint8_t, kKeySize> key)
    : context_(EVP_CIPHER_CTX_new()) {
  THEATER_CHECK(context_ != nullptr);
  static constexpr uint8_t kCounterAndNonce[16] = {};
  int ready =
      EVP_EncryptInit_ex2(context_.get(), chacha20(), key.data(), kCounterAndNonce, nullptr);
  THEATER_CHECK(ready == 1);
}

ChaCha20Random::~ChaCha20Random() {
  OPENSSL_cleanse(made_.data(), made_.size());
}

std::unique_ptr<ChaCha20Random> ChaCha20Random::from_seed(uint64_t seed) {
  std::array<uint8_t, sizeof seed> bytes;
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<uint8_t>(seed >> (8 * i));
  return std::make_unique<ChaCha20Random>(sha256(bytes).bytes);
}

std::unique_ptr<ChaCha20Random> ChaCha20Random::keyed_by(Random& random) {
  std::array<uint8_t, kKeySize> key;
  random.fill(key);
  auto made = std::make_unique<ChaCha20Random>(key);
  OPENSSL_cleanse(key.data(), key.size());
  return made;
}

void ChaCha20Random::fill(std::span<uint8_t> out) {
  size_t ready = std::min(out.size(), left_);
  std::copy_n(made_.end() - left_, ready, out.begin());
  left_ -= ready;
  out = out.subspan(ready);
  if (out.empty()) return;
  if (out.size() >= made_.size()) return next(out);
  next(made_);
  std::copy_n(made_.begin(), out.size(), out.begin());
  left_ = made_.size() - out.size();
}

// Encrypting zeros gives the key stream itself.
void ChaCha20Random::next(std::span<uint8_t> out) {
  std::fill(out.begin(), out.end(), uint8_t{0});
  while (!out.empty()) {
    size_t size = std::min(out.size(), kPieceMax);
    int written = 0;
    int done =
        EVP_EncryptUpdate(context_.get(), out.data(), &written, out.data(), static_cast<int>(size));
    THEATER_CHECK(done == 1 && static_cast<size_t>(written) == size);
    out = out.subspan(size);
  }
}

}  // namespace theater
