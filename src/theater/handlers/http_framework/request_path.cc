#include "theater/handlers/http_framework/request_path.h"

#include "theater/base/utf8.h"

#include <algorithm>

namespace theater {

namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

// RFC 3986, 2.3: the escape of one of these is the character itself.
bool is_unreserved(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

bool is_visible(char byte) {
  return byte > 0x20 && byte < 0x7f;
}

// The byte that the three characters at `at` stand for.
std::optional<char> escaped_byte(std::string_view text, size_t at) {
  if (text.size() - at < 3) return std::nullopt;
  int high = hex_value(text[at + 1]);
  int low = hex_value(text[at + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

Result<std::string> normal_escapes(std::string_view path) {
  std::string normal;
  for (size_t at = 0; at < path.size(); ++at) {
    char byte = path[at];
    if (!is_visible(byte) || byte == '\\' || byte == '#' || byte == '?')
      return fail(ErrorCode::kInvalidArgument, "The path has a character that a path cannot have.");
    if (byte != '%') {
      normal += byte;
      continue;
    }
    std::optional<char> meant = escaped_byte(path, at);
    if (!meant) return fail(ErrorCode::kInvalidArgument, "The path has an escape without a byte.");
    if (static_cast<uint8_t>(*meant) < 0x20 || *meant == 0x7f)
      return fail(ErrorCode::kInvalidArgument, "The path has an escaped control character.");
    if (is_unreserved(*meant)) {
      normal += *meant;
    } else {
      auto value = static_cast<uint8_t>(*meant);
      normal += '%';
      normal += kHexDigits[value >> 4];
      normal += kHexDigits[value & 15];
    }
    at += 2;
  }
  return normal;
}

}  // namespace

Result<std::string> normal_path(std::string_view path) {
  if (!path.starts_with('/'))
    return fail(ErrorCode::kInvalidArgument, "The path does not begin with a slash.");
  std::string normal = THEATER_TRY(normal_escapes(path));
  std::vector<std::string_view> segments = path_segments(normal);
  if (segments.size() > kPathSegmentsMax)
    return fail(ErrorCode::kInvalidArgument, "The path has too many segments.");
  for (size_t at = 0; at < segments.size(); ++at) {
    bool is_last = at + 1 == segments.size();
    if (segments[at].empty() && !is_last)
      return fail(ErrorCode::kInvalidArgument, "The path has an empty segment.");
    if (segments[at] == "." || segments[at] == "..")
      return fail(ErrorCode::kInvalidArgument, "The path has a segment of dots.");
  }
  return normal;
}

std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(std::min<size_t>(1, path.size()));
  for (;;) {
    size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

std::optional<std::string> unescaped_part(std::string_view part) {
  std::string plain;
  for (size_t at = 0; at < part.size(); ++at) {
    if (part[at] != '%') {
      plain += part[at];
      continue;
    }
    std::optional<char> meant = escaped_byte(part, at);
    if (!meant) return std::nullopt;
    plain += *meant;
    at += 2;
  }
  if (!is_utf8(plain)) return std::nullopt;
  return plain;
}

bool lies_below(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace theater
