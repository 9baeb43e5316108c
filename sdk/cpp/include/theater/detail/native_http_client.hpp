// http_client.hpp in a unit test.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater {

inline Result<http::Response> send_http(const http::Request& request) {
  testing::Host& host = testing::Host::current();
  host.http_requests.push_back(request);
  if (!host.on_http) return fail("this host has no network: set on_http");
  return host.on_http(request);
}

}  // namespace theater
