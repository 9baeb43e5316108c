// The settings of every capability, by name: the one table from which the lattice, the grant
// grammar, policy files and a manifest's restrictions are all made.
//
// For the source files of this module only.
#pragma once

#include "theater/manifest/permissions.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace theater::detail {

// What a grant gives of a setting that it does not mention. Flags and `network` are off anyway. kLocal is for
// servers: of hosts, the addresses that only this machine reaches; of ports, one that the system
// chooses.
enum class Unmentioned : uint8_t { kUnrestricted, kNothing, kLocal };

// `key` is its name in grants and policy files, `manifest_key` in a manifest's permission_policy;
// empty for a setting that is the operator's alone.
template <class Owner, class T>
struct PermissionField {
  std::string_view key;
  std::string_view manifest_key;
  T Owner::* member;
  Unmentioned unmentioned = Unmentioned::kUnrestricted;
};
template <class Owner, class T>
PermissionField(std::string_view, std::string_view, T Owner::*) -> PermissionField<Owner, T>;
template <class Owner, class T>
PermissionField(std::string_view, std::string_view, T Owner::*, Unmentioned)
    -> PermissionField<Owner, T>;

constexpr auto fields_of(const RuntimePermissions*) {
  return std::tuple(
      PermissionField{"system-info", "system_info", &RuntimePermissions::system_info});
}

// EnvironmentNames are three keys: vars, prefix and denied.
constexpr auto fields_of(const EnvironmentPermissions*) {
  return std::tuple(
      PermissionField{"vars", "allowed_vars", &EnvironmentPermissions::vars},
      PermissionField{"list-all", "allow_list_all", &EnvironmentPermissions::list_all});
}

constexpr auto fields_of(const RandomPermissions*) {
  return std::tuple(
      PermissionField{"max-bytes", "max_bytes", &RandomPermissions::max_bytes},
      PermissionField{"max-int", "max_int", &RandomPermissions::max_int},
      PermissionField{"crypto-secure", "allow_crypto_secure", &RandomPermissions::crypto_secure});
}

constexpr auto fields_of(const TimingPermissions*) {
  return std::tuple(
      PermissionField{"max-sleep", "max_sleep_duration", &TimingPermissions::max_sleep},
      PermissionField{"min-sleep", "min_sleep_duration", &TimingPermissions::min_sleep});
}

constexpr auto fields_of(const StorePermissions*) {
  return std::tuple(
      PermissionField{"shared", "allowed_shared", &StorePermissions::shared},
      PermissionField{"max-stores", "max_stores", &StorePermissions::max_stores},
      PermissionField{"max-bytes", "max_bytes", &StorePermissions::max_bytes},
      PermissionField{"max-contents", "max_contents", &StorePermissions::max_contents},
      PermissionField{"max-labels", "max_labels", &StorePermissions::max_labels});
}

constexpr auto fields_of(const SupervisorPermissions*) {
  return std::tuple();
}
constexpr auto fields_of(const MessageServerPermissions*) {
  return std::tuple();
}

constexpr auto fields_of(const HttpClientPermissions*) {
  return std::tuple(
      PermissionField{"hosts", "allowed_hosts", &HttpClientPermissions::hosts},
      PermissionField{"methods", "allowed_methods", &HttpClientPermissions::methods},
      PermissionField{"max-redirects", "max_redirects", &HttpClientPermissions::max_redirects},
      PermissionField{"timeout", "timeout", &HttpClientPermissions::timeout},
      PermissionField{"max-request-size", "max_request_size",
                      &HttpClientPermissions::max_request_size},
      PermissionField{"max-response-size", "max_response_size",
                      &HttpClientPermissions::max_response_size},
      PermissionField{"secrets", "secrets", &HttpClientPermissions::secrets, Unmentioned::kNothing},
      PermissionField{"idempotency-header", "idempotency_header",
                      &HttpClientPermissions::idempotency_headers});
}

constexpr auto fields_of(const HttpFrameworkPermissions*) {
  return std::tuple(
      PermissionField{"hosts", "hosts", &HttpFrameworkPermissions::hosts, Unmentioned::kLocal},
      PermissionField{"ports", "ports", &HttpFrameworkPermissions::ports, Unmentioned::kLocal},
      PermissionField{"routes", "allowed_routes", &HttpFrameworkPermissions::routes},
      PermissionField{"methods", "allowed_methods", &HttpFrameworkPermissions::methods},
      PermissionField{"origins", "allowed_origins", &HttpFrameworkPermissions::origins,
                      Unmentioned::kNothing},
      PermissionField{"max-request-size", "max_request_size",
                      &HttpFrameworkPermissions::max_request_size},
      PermissionField{"max-servers", "max_servers", &HttpFrameworkPermissions::max_servers},
      PermissionField{"max-routes", "max_routes", &HttpFrameworkPermissions::max_routes},
      PermissionField{"max-connections", "max_connections",
                      &HttpFrameworkPermissions::max_connections});
}

constexpr auto fields_of(const FileSystemPermissions*) {
  return std::tuple(
      PermissionField{"paths", "allowed_paths", &FileSystemPermissions::paths},
      PermissionField{"denied", "denied_paths", &FileSystemPermissions::denied},
      PermissionField{"read", "read", &FileSystemPermissions::read},
      PermissionField{"write", "write", &FileSystemPermissions::write},
      PermissionField{"execute", "execute", &FileSystemPermissions::execute},
      PermissionField{"commands", "allowed_commands", &FileSystemPermissions::commands},
      PermissionField{"unsandboxed", "", &FileSystemPermissions::unsandboxed,
                      Unmentioned::kNothing},
      PermissionField{"new-dir", "new_dir", &FileSystemPermissions::new_dir});
}

constexpr auto fields_of(const ProcessPermissions*) {
  return std::tuple(
      PermissionField{"programs", "allowed_programs", &ProcessPermissions::programs},
      PermissionField{"commands", "allowed_commands", &ProcessPermissions::commands},
      PermissionField{"paths", "allowed_paths", &ProcessPermissions::paths},
      PermissionField{"max-processes", "max_processes", &ProcessPermissions::max_processes},
      PermissionField{"max-output-buffer", "max_output_buffer",
                      &ProcessPermissions::max_output_buffer},
      PermissionField{"network", "network", &ProcessPermissions::network},
      PermissionField{"hosts", "allowed_hosts", &ProcessPermissions::hosts},
      PermissionField{"methods", "allowed_methods", &ProcessPermissions::methods});
}

constexpr auto fields_of(const CustomPermissions*) {
  return std::tuple(PermissionField{"rights", "rights", &CustomPermissions::rights});
}

// Calls `visit` with each setting of the capability type T.
template <class T, class Visit>
void each_field(Visit&& visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); },
             fields_of(static_cast<const T*>(nullptr)));
}

// Calls `visit` with a pointer to each capability's member of Permissions.
template <class Visit>
void each_capability(Visit&& visit) {
  visit(&Permissions::runtime);
  visit(&Permissions::environment);
  visit(&Permissions::random);
  visit(&Permissions::timing);
  visit(&Permissions::store);
  visit(&Permissions::supervisor);
  visit(&Permissions::message_server);
  visit(&Permissions::http_client);
  visit(&Permissions::http_framework);
  visit(&Permissions::file_system);
  visit(&Permissions::process);
  visit(&Permissions::custom);
}

template <class T>
using CapabilityOf = typename T::value_type;

// The lattice of each kind of setting.

inline bool meet(bool a, bool b) {
  return a && b;
}
inline bool join(bool a, bool b) {
  return a || b;
}
inline bool leq(bool a, bool b) {
  return !a || b;
}

template <Unit kUnit>
AtMost<kUnit> meet(AtMost<kUnit> a, AtMost<kUnit> b) {
  return {std::min(a.value, b.value)};
}
template <Unit kUnit>
AtMost<kUnit> join(AtMost<kUnit> a, AtMost<kUnit> b) {
  return {std::max(a.value, b.value)};
}
template <Unit kUnit>
bool leq(AtMost<kUnit> a, AtMost<kUnit> b) {
  return a.value <= b.value;
}

template <Unit kUnit>
AtLeast<kUnit> meet(AtLeast<kUnit> a, AtLeast<kUnit> b) {
  return {std::max(a.value, b.value)};
}
template <Unit kUnit>
AtLeast<kUnit> join(AtLeast<kUnit> a, AtLeast<kUnit> b) {
  return {std::min(a.value, b.value)};
}
template <Unit kUnit>
bool leq(AtLeast<kUnit> a, AtLeast<kUnit> b) {
  return a.value >= b.value;
}

inline NetworkReach meet(NetworkReach a, NetworkReach b) {
  return {std::min(a.kind, b.kind)};
}
inline NetworkReach join(NetworkReach a, NetworkReach b) {
  return {std::max(a.kind, b.kind)};
}
inline bool leq(NetworkReach a, NetworkReach b) {
  return a.kind <= b.kind;
}

using theater::join;
using theater::leq;
using theater::meet;

// What a setting is when nothing holds it back.
template <class T>
T unrestricted_setting() {
  if constexpr (std::is_same_v<T, bool>) {
    return true;
  } else {
    return T::unrestricted();
  }
}

template <class T>
T local_setting() {
  if constexpr (std::is_same_v<T, HostList>) {
    return HostList({HostPattern{"127.0.0.1", 0}, HostPattern{"[::1]", 0}});
  } else {
    static_assert(std::is_same_v<T, PortList>);
    return PortList({PortPattern{0}});
  }
}

// The value of a setting in an operator's grant that does not mention it: a flag and `network` are
// off, and the rest is unrestricted unless its field says otherwise.
template <class Owner, class T>
T unmentioned_setting(const PermissionField<Owner, T>& field) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, NetworkReach>) {
    return T();
  } else {
    if constexpr (std::is_same_v<T, HostList> || std::is_same_v<T, PortList>) {
      if (field.unmentioned == Unmentioned::kLocal) return local_setting<T>();
    }
    return field.unmentioned == Unmentioned::kNothing ? T() : T::unrestricted();
  }
}

// What a grant that mentions no setting gives.
template <class T>
T bare_grant() {
  T capability;
  each_field<T>([&](const auto& field) { capability.*field.member = unmentioned_setting(field); });
  return capability;
}

// What a grant that mentions only this setting gives.
template <class T, class Value>
T only_setting(Value T::* member, std::type_identity_t<Value> value) {
  T capability = bare_grant<T>();
  capability.*member = std::move(value);
  return capability;
}

template <class T>
bool leq_fields(const T& a, const T& b) {
  bool below = true;
  each_field<T>([&](const auto& field) { below &= leq(a.*field.member, b.*field.member); });
  return below;
}

}  // namespace theater::detail
