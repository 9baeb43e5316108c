// Reads what a URL names: a GET, with everything about it bounded.
//
//   Result<Fetched> fetched = fetch(client, url, options);
//
// What strangers name is read for them, so it must be public. Each address is checked after its name
// was looked up and before it is connected to, of the first URL and of each that a redirection leads
// to. A server's certificate must be valid for the URL's host.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/net/address.h"
#include "theater/net/url.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>

namespace theater {

class WebClient;

// The functions are called on the client's thread while fetch() waits, one at a time.
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
  // A stop ends the wait soon.
  std::stop_token stop = {};
};

struct Fetched {
  Bytes body;
  Url url;  // Where it was in the end.
};

// Blocks; for a thread that may, and not for the client's own. Shares no connection with other
// requests. Fails with
//
//   kPermissionDenied   check_url's, an address that is not public, https that leads to http
//   kNotFound           the server says 404 or 410, or there is no such host
//   kResourceExhausted  larger than size_max, too many redirections, or too many requests of this
//                       process
//   kUnavailable        no connection, no answer in time, another status
//   kCancelled          it was asked to stop, or the client ends
//   kCorrupt            no valid HTTP, a body that was cut off or does not say how long it is
//   kInvalidArgument    a Location that is no URL; a certificate that is not valid for the host;
//                       authorities that cannot be read
Result<Fetched> fetch(WebClient& client, const Url& url, const FetchOptions& options);

// fetch() with a client, or what stands in for it.
using Fetch = std::function<Result<Fetched>(const Url&, const FetchOptions&)>;

// The client must outlive what is made with it.
Fetch fetch_with(WebClient& client);

// For those who have no client: fails with kUnavailable.
Result<Fetched> fetch_nothing(const Url& url, const FetchOptions& options);

}  // namespace theater
