// The one-shot digest functions of the library's high-level interface fetch the algorithm by name
// on every call, which costs more than hashing a small event; its low-level interface does not.
#include "theater/base/hash.h"

#include "theater/base/check.h"
#include "theater/base/hex.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>

namespace theater {

std::string Hash::to_string() const {
  return to_hex(bytes);
}

Result<Hash> Hash::parse(std::string_view text) {
  if (text.size() != kSize * 2) {
    return fail(ErrorCode::kInvalidArgument, "a hash has {} hexadecimal digits, this has {}",
                kSize * 2, text.size());
  }
  return from_bytes(THEATER_TRY(from_hex(text)));
}

Result<Hash> Hash::from_bytes(ByteView bytes) {
  if (bytes.size() != kSize) {
    return fail(ErrorCode::kInvalidArgument, "a hash has {} bytes, this has {}", kSize,
                bytes.size());
  }
  Hash hash;
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

Hash sha256(ByteView data) {
  return sha256({data});
}

Hash sha256(std::initializer_list<ByteView> parts) {
  SHA256_CTX context;
  SHA256_Init(&context);
  for (ByteView part : parts)
    SHA256_Update(&context, part.data(), part.size());
  Hash hash;
  SHA256_Final(hash.bytes.data(), &context);
  return hash;
}

Hash leaf_hash(ByteView data) {
  static constexpr uint8_t kLeafPrefix[] = {0x00};
  return sha256({ByteView(kLeafPrefix), data});
}

Hash hmac_sha256(ByteView key, ByteView data) {
  Hash hash;
  unsigned int size = 0;
  const uint8_t* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(),
                             data.size(), hash.bytes.data(), &size);
  THEATER_CHECK(done != nullptr && size == Hash::kSize);
  return hash;
}

bool equal_constant_time(const Hash& a, const Hash& b) {
  return CRYPTO_memcmp(a.bytes.data(), b.bytes.data(), Hash::kSize) == 0;
}

}  // namespace theater
