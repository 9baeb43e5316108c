#include "theater/base/signing_key.h"

#include "theater/base/check.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace theater {

namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

Key private_key(ByteView seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  THEATER_CHECK(key != nullptr, "the cryptography library has no Ed25519");
  return key;
}

Context make_context() {
  Context context(EVP_MD_CTX_new());
  THEATER_CHECK(context != nullptr);
  return context;
}

}  // namespace

SigningKey SigningKey::generate(Random& random) {
  std::array<uint8_t, kSeedSize> seed{};
  random.fill(seed);
  SigningKey key = from_seed(seed).value();
  OPENSSL_cleanse(seed.data(), seed.size());
  return key;
}

Result<SigningKey> SigningKey::from_seed(ByteView seed) {
  if (seed.size() != kSeedSize) {
    return fail(ErrorCode::kInvalidArgument, "the seed of a signing key has {} bytes, this has {}",
                kSeedSize, seed.size());
  }
  SigningKey key;
  std::copy(seed.begin(), seed.end(), key.seed_.begin());
  size_t size = key.public_key_.size();
  int got = EVP_PKEY_get_raw_public_key(private_key(seed).get(), key.public_key_.data(), &size);
  THEATER_CHECK(got == 1 && size == key.public_key_.size());
  return key;
}

SigningKey::~SigningKey() {
  OPENSSL_cleanse(seed_.data(), seed_.size());
}

Signature SigningKey::sign(ByteView message) const {
  Key key = private_key(seed_);
  Context context = make_context();
  Signature signature{};
  size_t size = signature.size();
  int ready = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get());
  THEATER_CHECK(ready == 1);
  int made = EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size());
  THEATER_CHECK(made == 1 && size == signature.size());
  return signature;
}

bool verify_signature(const PublicKey& key, ByteView message, const Signature& signature) {
  Key point(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  THEATER_CHECK(point != nullptr, "the cryptography library has no Ed25519");
  Context context = make_context();
  int ready = EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, point.get());
  THEATER_CHECK(ready == 1);
  int good = EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                              message.size());
  // A refusal leaves a note in the thread's queue of errors, which the next reader of that queue
  // would take for one of its own.
  if (good != 1) ERR_clear_error();
  return good == 1;
}

}  // namespace theater
