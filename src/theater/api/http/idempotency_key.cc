#include "theater/api/http/idempotency_key.h"

#include "theater/log/event/little_endian.h"

#include <algorithm>

namespace theater::api {

namespace {

bool is_visible(char c) {
  return c > ' ' && c <= '~';
}

// The content of a string in quotes; none if it is no such string.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || text.back() != '"') return std::nullopt;
  std::string content;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] == '\\') {
      ++i;
      bool is_escape = i + 1 < text.size() && (text[i] == '"' || text[i] == '\\');
      if (!is_escape) return std::nullopt;
    }
    content += text[i];
  }
  return content;
}

}  // namespace

Result<std::optional<std::string>> read_idempotency_key(const HttpHeaders& headers) {
  std::optional<std::string_view> given = headers.find(kIdempotencyKey);
  if (!given) return std::nullopt;
  if (headers.count(kIdempotencyKey) > 1)
    return fail(ErrorCode::kInvalidArgument, "the request has two Idempotency-Key headers");
  std::string_view text = trimmed(*given);
  std::optional<std::string> key;
  key = text.starts_with('"') ? unquoted(text) : std::string(text);
  bool is_key = key && !key->empty() && key->size() <= kIdempotencyKeyMax &&
                std::all_of(key->begin(), key->end(), is_visible);
  if (is_key) return key;
  return fail(ErrorCode::kInvalidArgument,
              "Idempotency-Key is not 1 to 255 visible ASCII characters, bare or in quotes");
}

Hash digest_of(std::span<const std::string> texts) {
  Bytes bytes;
  for (const std::string& text : texts) {
    log::append_u64(bytes, text.size());
    append(bytes, as_bytes(text));
  }
  return sha256(bytes);
}

}  // namespace theater::api
