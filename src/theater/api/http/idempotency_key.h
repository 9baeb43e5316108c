// The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header-06): a client gives a
// request a key, and may then repeat the request without having it done twice.
//
// A key belongs to one client, one route and one actor. The record has only its hash with these, so
// it shows no key, and the same text of another client is another key.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/net/http_message.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace theater::api {

inline constexpr std::string_view kIdempotencyKey = "Idempotency-Key";
inline constexpr size_t kIdempotencyKeyMax = 255;

// The text of the header; none without one. The text is 1 to kIdempotencyKeyMax visible ASCII
// characters, bare or as a string of RFC 8941 in quotes. Fails with kInvalidArgument.
Result<std::optional<std::string>> read_idempotency_key(const HttpHeaders& headers);

// SHA-256 over all texts, each behind its length as 8 bytes, little-endian.
Hash digest_of(std::span<const std::string> texts);

}  // namespace theater::api
