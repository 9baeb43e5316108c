#include "theater/api/http/forwarding.h"

#include <algorithm>
#include <array>
#include <vector>

namespace theater::api {

namespace {

constexpr std::string_view kForwardedFor = "X-Forwarded-For";
constexpr std::string_view kForwardedProto = "X-Forwarded-Proto";

bool is_trusted(const IpAddress& address, std::span<const AddressRange> proxies) {
  return std::any_of(proxies.begin(), proxies.end(),
                     [&](const AddressRange& range) { return range.contains(address); });
}

bool is_from_proxy(const HttpRequest& request, std::span<const AddressRange> proxies) {
  auto peer = IpAddress::parse(request.peer.address);
  return peer && is_trusted(*peer, proxies);
}

// The entries of all headers of this name, which is one list in several lines.
std::vector<std::string_view> entries_of(const HttpHeaders& headers, std::string_view name) {
  std::vector<std::string_view> entries;
  for (const HttpHeader& header : headers) {
    if (!equals_ignoring_case(header.name, name)) continue;
    std::string_view rest = header.value;
    for (size_t comma = rest.find(','); comma != rest.npos; comma = rest.find(',')) {
      entries.push_back(trimmed(rest.substr(0, comma)));
      rest.remove_prefix(comma + 1);
    }
    entries.push_back(trimmed(rest));
  }
  return entries;
}

}  // namespace

bool is_forwarded(const HttpRequest& request) {
  if (request.version_minor == 0) return true;
  return std::any_of(request.headers.begin(), request.headers.end(), [](const HttpHeader& header) {
    constexpr std::string_view kPrefix = "X-Forwarded";
    constexpr std::array<std::string_view, 3> kNames{"Forwarded", "Via", "X-Real-IP"};
    std::string_view name = header.name;
    return equals_ignoring_case(name.substr(0, kPrefix.size()), kPrefix) ||
           std::any_of(kNames.begin(), kNames.end(),
                       [&](std::string_view one) { return equals_ignoring_case(name, one); });
  });
}

std::string client_address(const HttpRequest& request, std::span<const AddressRange> proxies) {
  if (!is_from_proxy(request, proxies)) return request.peer.address;
  std::string known = request.peer.address;
  std::vector<std::string_view> hops = entries_of(request.headers, kForwardedFor);
  for (; !hops.empty(); hops.pop_back()) {
    auto hop = IpAddress::parse(hops.back());
    if (!hop) break;
    known = hop->to_string();
    if (!is_trusted(*hop, proxies)) break;
  }
  return known;
}

std::optional<std::string_view> client_scheme(const HttpRequest& request,
                                              std::span<const AddressRange> proxies) {
  if (request.tls) return "https";
  if (!is_from_proxy(request, proxies)) return std::nullopt;
  std::vector<std::string_view> said = entries_of(request.headers, kForwardedProto);
  if (said.size() != 1) return std::nullopt;
  for (std::string_view scheme : {"https", "http"}) {
    if (equals_ignoring_case(said.front(), scheme)) return scheme;
  }
  return std::nullopt;
}

}  // namespace theater::api
