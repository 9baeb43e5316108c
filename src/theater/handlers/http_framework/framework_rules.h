// What a grant of `http-framework` allows one actor's servers.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/manifest/permissions.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// Immutable; safe from any thread.
class FrameworkRules {
 public:
  // Where a grant has no bound of its own.
  static constexpr size_t kServersMax = 64;
  static constexpr size_t kRoutesMax = 1'000;
  static constexpr size_t kConnectionsMax = 65'536;
  static constexpr size_t kConnectionsUsual = 1'024;
  static constexpr uint64_t kBodyBytesMax = uint64_t{100} << 20;

  // `payload_bytes` is the actor's limit of one payload.
  FrameworkRules(std::optional<HttpFrameworkPermissions> permissions, uint64_t payload_bytes)
      : permissions_(std::move(permissions)), payload_bytes_(payload_bytes) {}

  // Each gives the grant that would allow it, or nothing.
  Refusal refuses() const;
  // `servers` exist besides the one that is meant.
  Refusal refuses_server(std::string_view host, uint16_t port, size_t servers) const;
  Refusal refuses_route(std::string_view path, std::string_view method, size_t routes) const;
  Refusal refuses_web_socket(std::string_view path, size_t routes) const;

  // Whether clients may use this name for a server, in their Host header; `name` has no port.
  bool allows_name(std::string_view name, uint16_t port) const;
  // Whether pages of another origin, such as "https://a.org", may open WebSockets.
  bool allows_origin(std::string_view origin) const;

  size_t connections_max() const;
  // Bytes of one body. The rest of a request has room in a payload besides it.
  uint64_t body_bytes_max() const;

 private:
  std::optional<HttpFrameworkPermissions> permissions_;
  uint64_t payload_bytes_;
};

}  // namespace theater
