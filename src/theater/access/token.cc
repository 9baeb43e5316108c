#include "theater/access/token.h"

#include "theater/base/bytes.h"
#include "theater/base/hex.h"

#include <fmt/format.h>

#include <algorithm>

namespace theater {

namespace {

constexpr size_t kSecretBytes = 32;
constexpr size_t kNameMax = 64;

bool is_id(std::string_view text) {
  TokenId id;
  return read_hex(text, id.bytes);
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

std::string TokenId::to_string() const {
  return to_hex(bytes);
}

TokenId Token::id() const {
  TokenId id;
  std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

std::string generate_token(Random& random) {
  std::array<uint8_t, kSecretBytes> secret{};
  random.fill(secret);
  return std::string(kTokenPrefix) + to_hex(secret);
}

Result<Hash> token_digest(std::string_view text) {
  std::array<uint8_t, kSecretBytes> secret{};
  bool is_token =
      text.starts_with(kTokenPrefix) && read_hex(text.substr(kTokenPrefix.size()), secret);
  if (!is_token) {
    return fail(ErrorCode::kInvalidArgument, "a token is `{}` and {} hexadecimal digits",
                kTokenPrefix, 2 * kSecretBytes);
  }
  return sha256(as_bytes(text));
}

Result<void> check_token_name(std::string_view name) {
  bool is_name = !name.empty() && name.size() <= kNameMax && !name.starts_with('-') &&
                 std::all_of(name.begin(), name.end(), is_name_character);
  if (!is_name) {
    return fail(ErrorCode::kInvalidArgument,
                "a token's name is 1 to {} letters, digits, `.`, `_` and `-`, and does not begin "
                "with `-`",
                kNameMax);
  }
  if (is_id(name)) {
    return fail(ErrorCode::kInvalidArgument, "`{}` looks like the id of a token: add a letter",
                name);
  }
  return {};
}

}  // namespace theater
