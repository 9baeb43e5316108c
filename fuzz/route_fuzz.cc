// Paths of requests and patterns of routes, as clients and guests write them.
//
// Nothing may crash on any text. A normal form is its own normal form, and no escape or trick of a
// client leads to a segment of dots, an empty segment or a control character. A pattern that was taken
// finds the path that it was made from.
#include "theater/base/check.h"
#include "theater/handlers/http_framework/client_facts.h"
#include "theater/handlers/http_framework/request_path.h"
#include "theater/handlers/http_framework/route_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

void check_path(const std::string& path) {
  auto again = theater::normal_path(path);
  THEATER_CHECK(again.has_value() && *again == path, "{}", path);
  auto segments = theater::path_segments(path);
  for (size_t at = 0; at < segments.size(); ++at) {
    THEATER_CHECK(segments[at] != "." && segments[at] != "..");
    THEATER_CHECK(!segments[at].empty() || at + 1 == segments.size());
    auto plain = theater::unescaped_part(segments[at]);
    bool is_clean = !plain || std::none_of(plain->begin(), plain->end(), [](char byte) {
      return static_cast<uint8_t>(byte) < 0x20 || byte == 0x7f;
    });
    THEATER_CHECK(is_clean, "{}", path);
  }
}

}  // namespace

// The first line is a pattern, the rest a path.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t line = std::min(text.find('\n'), text.size());
  auto pattern = theater::RoutePattern::parse(text.substr(0, line));
  auto path = theater::normal_path(text.substr(std::min(line + 1, text.size())));
  (void)theater::is_hosts_header(text.substr(0, line));
  if (path) check_path(*path);
  if (!pattern) return 0;
  auto same = theater::RoutePattern::parse(pattern->text());
  THEATER_CHECK(same.has_value() && same->text() == pattern->text(), "{}", pattern->text());
  theater::RouteTable table;
  THEATER_CHECK(table.add(*pattern, "GET", 1).has_value());
  THEATER_CHECK(!table.add(*pattern, "GET", 2).has_value());
  if (auto itself = theater::normal_path(pattern->text())) {
    THEATER_CHECK(table.find(*itself, "GET").handler == 1u, "{}", pattern->text());
  }
  if (path) (void)table.find(*path, "PUT");
  return 0;
}
