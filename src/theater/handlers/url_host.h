// The host of a URL as lists of hosts write it, for every handler whose grant has such a list.
#pragma once

#include "theater/manifest/allow_list.h"
#include "theater/net/url.h"

namespace theater {

// A URL's host and a pattern's are written alike, but for an IPv6 address.
inline HostPattern host_of(const Url& url) {
  bool is_ipv6 = url.host.find(':') != url.host.npos;
  return {is_ipv6 ? "[" + url.host + "]" : url.host, url.port};
}

}  // namespace theater
