// What one actor's HTTP requests may do: its grant, and the operator's private hosts.
//
// A grant allows methods and hosts, and bounds sizes, times and redirections. The host that a
// request names is checked before its intent is on record. The address behind that name is checked
// by the client, directly before it connects. Only a host among `private-hosts` of the policy may
// have an address that is not public.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/manifest/allow_list.h"
#include "theater/manifest/permissions.h"
#include "theater/net/url.h"
#include "theater/net/web_client.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// Immutable, so safe from any thread.
class HttpRules {
 public:
  // Bounds that hold even where a grant has none.
  static constexpr uint64_t kBodyBytesMax = uint64_t{64} << 20;
  static constexpr int kRedirectsMax = 20;
  static constexpr std::chrono::milliseconds kTimeMax{600'000};

  // Without permissions no request is allowed.
  HttpRules(std::optional<HttpClientPermissions> permissions, HostList private_hosts)
      : permissions_(std::move(permissions)), private_hosts_(std::move(private_hosts)) {}

  // The grant that the request lacks; none if it is allowed.
  Refusal refuses(std::string_view method, const Url& url, size_t body_bytes) const;

  // Whether the client may connect to this host at an address that is not public.
  bool allows_private(const Url& url) const;

  // Bounds of a request that is answered as a whole, and of a stream, whose body may last.
  WebBounds bounds() const;
  WebBounds stream_bounds() const;

  // 0: a redirection is an answer like any other.
  int redirects_max() const;

  // A name for the connections that may serve these requests: equal for equal rules only. Takes
  // longer than all that a request needs besides.
  std::string pool() const;

  const std::optional<HttpClientPermissions>& permissions() const { return permissions_; }

 private:
  std::optional<HttpClientPermissions> permissions_;
  HostList private_hosts_;
};

}  // namespace theater
