// Reads what a URL names: a GET, with everything about it bounded.
//
//   Result<Fetched> fetched = fetch(url, options);
//
// Whoever fetches what a stranger names reaches what the stranger may not, so each address is
// looked at after its name was resolved and before it is connected to, of the first URL and of each
// that a redirection leads to; what was looked at is what is connected to. A server's certificate
// must be for the URL's host and be vouched for by the system's authorities.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/net/address.h"
#include "theater/net/name_lookup.h"
#include "theater/net/url.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>

namespace theater {

struct FetchOptions {
  size_t size_max = size_t{64} << 20;  // Of the body.
  // From the lookup of a name to the end of the TLS handshake, and of everything together.
  std::chrono::milliseconds connect_time{10'000};
  std::chrono::milliseconds total_time{120'000};
  int redirects_max = 5;

  // Asked of each URL before its host is looked up: why it may not be read, or nothing.
  std::function<Result<void>(const Url&)> check_url = {};
  // Asked of an address that is not public. Without it none may be connected to.
  std::function<bool(const Url&, const IpAddress&)> allows_address = {};

  // More authorities, PEM; empty for the system's alone.
  std::filesystem::path authorities = {};
  Resolver resolver = resolve_by_system;
  // Who asks for it to stop is answered soon.
  std::stop_token stop = {};
};

struct Fetched {
  Bytes body;
  Url url;  // Where it was in the end.
};

// Blocks; for a thread that may. Asks no proxy. Fails with
//
//   kPermissionDenied   check_url's, an address that is not public, https that leads to http
//   kNotFound           the server says 404 or 410, or there is no such host
//   kResourceExhausted  larger than size_max, or too many redirections
//   kUnavailable        no connection, no answer in time, another status
//   kCancelled          it was asked to stop
//   kCorrupt            no valid HTTP, a body that was cut off or does not say how long it is
//   kInvalidArgument    a Location that is no URL; a certificate that is not valid for the host
Result<Fetched> fetch(const Url& url, const FetchOptions& options);

// fetch(), or what stands in for it.
using Fetch = std::function<Result<Fetched>(const Url&, const FetchOptions&)>;

}  // namespace theater
