// Requests and responses, which the host of a unit test has too.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::http {

struct Header {
  std::string name;
  std::string value;

  bool operator==(const Header&) const = default;
};

// In the order in which they were given; a name may repeat.
using Headers = std::vector<Header>;

// The value of the first header of that name, in whatever case it is written; none without one. The
// view lives as long as the headers.
inline std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (const Header& header : headers) {
    bool is_it = std::equal(header.name.begin(), header.name.end(), name.begin(), name.end(),
                            [&](char a, char b) { return lower(a) == lower(b); });
    if (is_it) return header.value;
  }
  return std::nullopt;
}

struct Request {
  std::string method = "GET";
  // Absolute for a client, with the scheme `http` or `https`; the path and the query for a server.
  std::string uri = {};
  Headers headers = {};
  std::optional<std::string> body = std::nullopt;

  bool operator==(const Request&) const = default;
};

struct Response {
  uint16_t status = 0;
  Headers headers = {};
  std::optional<std::string> body = std::nullopt;

  bool operator==(const Response&) const = default;
};

}  // namespace theater::http
