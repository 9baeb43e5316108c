#include "theater/handlers/http_framework/framework_rules.h"

#include "theater/base/check.h"
#include "theater/manifest/grant.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// What a request has besides its body: a head of full size, and what the host adds.
constexpr uint64_t kHeadRoom = uint64_t{64} << 10;

// What a grant that mentions nothing gives, to name what is wanted beyond it.
HttpFrameworkPermissions bare() {
  auto granted = parse_grant("http-framework", {});
  THEATER_CHECK(granted.has_value());
  return *granted->http_framework;
}

std::string text_of(HttpFrameworkPermissions wanted) {
  Permissions all;
  all.http_framework = std::move(wanted);
  return to_grants(all).front();
}

// One more of what `owner` has, beyond the grant's bound.
Refusal refuses_more(size_t count, uint64_t most, HttpFrameworkPermissions wanted,
                     std::string_view owner, std::string_view what) {
  if (count < most) return std::nullopt;
  return fmt::format("{} ({} has {} {}, and may have {})", text_of(std::move(wanted)), owner, count,
                     what, most);
}

// A literal address as grants write it.
HostPattern host_pattern(std::string_view host, uint16_t port = 0) {
  bool is_ipv6 = host.find(':') != std::string_view::npos;
  return {is_ipv6 ? fmt::format("[{}]", host) : std::string(host), port};
}

NamePattern name_pattern(std::string_view text) {
  return {std::string(text)};
}

bool allows_host(const HostList& hosts, std::string_view host, uint16_t port) {
  return hosts.allows(host_pattern(host, port)) || hosts.allows(host_pattern(host));
}

}  // namespace

Refusal FrameworkRules::refuses() const {
  if (permissions_) return std::nullopt;
  return "http-framework";
}

Refusal FrameworkRules::refuses_server(std::string_view host, uint16_t port, size_t servers) const {
  bool has_host = permissions_ && allows_host(permissions_->hosts, host, port);
  bool has_port = permissions_ && permissions_->ports.allows({port});
  if (!has_host || !has_port) {
    HttpFrameworkPermissions wanted = bare();
    if (!wanted.hosts.allows(host_pattern(host))) wanted.hosts = HostList({host_pattern(host)});
    if (!wanted.ports.allows({port})) wanted.ports = PortList({PortPattern{port}});
    return text_of(std::move(wanted));
  }
  uint64_t most = std::min<uint64_t>(permissions_->max_servers.value, kServersMax);
  HttpFrameworkPermissions wanted = bare();
  wanted.max_servers.value = servers + 1;
  return refuses_more(servers, most, std::move(wanted), "the actor", "servers");
}

Refusal FrameworkRules::refuses_route(std::string_view path, std::string_view method,
                                      size_t routes) const {
  bool allows = permissions_ && permissions_->routes.allows(name_pattern(path)) &&
                permissions_->methods.allows(name_pattern(method));
  if (!allows) {
    HttpFrameworkPermissions wanted = bare();
    wanted.routes = NameList({name_pattern(path)});
    wanted.methods = NameList({name_pattern(method)});
    return text_of(std::move(wanted));
  }
  uint64_t most = std::min<uint64_t>(permissions_->max_routes.value, kRoutesMax);
  HttpFrameworkPermissions wanted = bare();
  wanted.max_routes.value = routes + 1;
  return refuses_more(routes, most, std::move(wanted), "the server", "routes");
}

Refusal FrameworkRules::refuses_web_socket(std::string_view path, size_t routes) const {
  return refuses_route(path, "GET", routes);
}

bool FrameworkRules::allows_name(std::string_view name, uint16_t port) const {
  return permissions_ && allows_host(permissions_->hosts, name, port);
}

bool FrameworkRules::allows_origin(std::string_view origin) const {
  return permissions_ && permissions_->origins.allows(name_pattern(origin));
}

size_t FrameworkRules::connections_max() const {
  if (!permissions_) return 0;
  uint64_t granted = permissions_->max_connections.value;
  bool is_unbounded = granted == Permissions::unrestricted().http_framework->max_connections.value;
  return is_unbounded ? kConnectionsUsual : std::min<uint64_t>(granted, kConnectionsMax);
}

uint64_t FrameworkRules::body_bytes_max() const {
  if (!permissions_) return 0;
  uint64_t room = payload_bytes_ > 2 * kHeadRoom ? payload_bytes_ - kHeadRoom : payload_bytes_ / 2;
  return std::min({permissions_->max_request_size.value, kBodyBytesMax, room});
}

}  // namespace theater
