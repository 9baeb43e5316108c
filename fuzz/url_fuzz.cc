// URLs that strangers write, and where redirections lead.
//
// Nothing may crash on any text, and what is accepted is printed in one form that is read back to
// the same.
#include "theater/net/url.h"

#include "theater/base/check.h"
#include "theater/net/address.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

void check(const theater::Url& url) {
  auto again = theater::parse_url(url.to_string());
  THEATER_CHECK(again.has_value(), "{}", url.to_string());
  THEATER_CHECK(*again == url, "{}", url.to_string());
  THEATER_CHECK(url.port != 0 && url.target.starts_with('/'));
  // A host that consists of numbers is an address that its rules know.
  char last = url.host.back();
  if (url.host.find(':') != url.host.npos ||
      (last >= '0' && last <= '9' && url.host.find_first_not_of("0123456789.") == url.host.npos)) {
    THEATER_CHECK(theater::IpAddress::parse(url.host).has_value(), "{}", url.host);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto url = theater::parse_url(text)) check(*url);
  static const theater::Url from = *theater::parse_url("https://a.example:8443/x/y?z");
  auto to = theater::resolve_location(from, text);
  if (to) {
    check(*to);
  } else {
    THEATER_CHECK(!to.error().message().empty());
  }
  (void)theater::IpAddress::parse(text);
  return 0;
}
