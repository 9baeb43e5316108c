// Addresses of things on the web: `http://` and `https://`.
//
// They come from strangers, and what is asked of whom is decided by their parts, so that there is
// one reading of each and anything that could be read in two ways is refused: credentials,
// backslashes, control characters, letters outside of ASCII, and numbers in place of a host that
// are no plain address (127.1, 0x7f.0.0.1, 2130706433).
#pragma once

#include "theater/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace theater {

// Value type.
struct Url {
  static constexpr size_t kSizeMax = 4096;

  enum class Scheme : uint8_t { kHttp, kHttps };

  Scheme scheme = Scheme::kHttps;
  // A name in small letters without a dot at its end, an IPv4 address as a.b.c.d, or an IPv6
  // address in its shortest form, without brackets.
  std::string host;
  uint16_t port = 443;
  std::string target = "/";  // Path and query; begins with `/`.

  static uint16_t usual_port(Scheme scheme) { return scheme == Scheme::kHttp ? 80 : 443; }

  // `host`, with brackets if it is an IPv6 address, and `:port` unless it is the usual one.
  std::string authority() const;
  // What parse_url() reads back to the same.
  std::string to_string() const;

  bool operator==(const Url&) const = default;
};

// Fails with kInvalidArgument, saying what is wrong with which part. A fragment (`#…`) is dropped.
Result<Url> parse_url(std::string_view text);

// Where a redirection leads, or a reference in a text from there: `location` is a URL, or is taken
// relative to `from` as RFC 3986, 5.2 says, `.` and `..` taken out.
Result<Url> resolve_location(const Url& from, std::string_view location);

}  // namespace theater
