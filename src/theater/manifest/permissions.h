// What an actor may do: one type per capability, each a lattice, and their aggregate.
//
// A capability that is absent is denied. Within one, a flag that is false, a list that allows
// nothing and a bound of zero deny; so a default-constructed value allows nothing, and forgetting
// to fill in a field never widens anything. For every type there are
//
//   meet(a, b)   what both allow: the greatest value below both
//   leq(a, b)    whether b allows all that a does
//
// and every actor's permission is the meet of the operator's policy, its parent's, and what its
// manifest asks for, so that it is below all three.
//
// All are value types.
#pragma once

#include "theater/manifest/added_headers.h"
#include "theater/manifest/allow_list.h"
#include "theater/manifest/capability.h"
#include "theater/manifest/command_pattern.h"
#include "theater/manifest/denied_paths.h"
#include "theater/manifest/environment_names.h"
#include "theater/manifest/network_reach.h"
#include "theater/manifest/quantity.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace theater {

// An upper bound; the default allows nothing but zero.
template <Unit kUnit>
struct AtMost {
  uint64_t value = 0;
  static AtMost unrestricted() { return {std::numeric_limits<uint64_t>::max()}; }
  bool operator==(const AtMost&) const = default;
};

// A lower bound; the default is the strictest.
template <Unit kUnit>
struct AtLeast {
  uint64_t value = std::numeric_limits<uint64_t>::max();
  static AtLeast unrestricted() { return {0}; }
  bool operator==(const AtLeast&) const = default;
};

struct RuntimePermissions {
  static constexpr Capability kCapability = Capability::kRuntime;
  bool system_info = false;  // Host name, operating system, memory, uptime.
  bool operator==(const RuntimePermissions&) const = default;
};

// Also governs the environment access of the runtime interface.
struct EnvironmentPermissions {
  static constexpr Capability kCapability = Capability::kEnvironment;
  EnvironmentNames vars;
  bool list_all = false;  // May enumerate the variables it may read.
  bool operator==(const EnvironmentPermissions&) const = default;

  bool allows_var(std::string_view name) const { return vars.allows(name); }
  bool allows_list_all() const { return list_all; }
};

struct RandomPermissions {
  static constexpr Capability kCapability = Capability::kRandom;
  AtMost<Unit::kBytes> max_bytes;  // Of one call.
  AtMost<Unit::kCount> max_int;    // Largest upper bound of a range.
  bool crypto_secure = false;
  bool operator==(const RandomPermissions&) const = default;
};

struct TimingPermissions {
  static constexpr Capability kCapability = Capability::kTiming;
  AtMost<Unit::kMilliseconds> max_sleep;
  AtLeast<Unit::kMilliseconds> min_sleep;
  bool operator==(const TimingPermissions&) const = default;
};

struct StorePermissions {
  static constexpr Capability kCapability = Capability::kStore;
  NameList shared;                  // Shared stores, by their names.
  AtMost<Unit::kCount> max_stores;  // That one actor makes; the rest is of one store.
  AtMost<Unit::kBytes> max_bytes;
  AtMost<Unit::kCount> max_contents;
  AtMost<Unit::kCount> max_labels;
  bool operator==(const StorePermissions&) const = default;
};

struct SupervisorPermissions {
  static constexpr Capability kCapability = Capability::kSupervisor;
  bool operator==(const SupervisorPermissions&) const = default;
};

struct MessageServerPermissions {
  static constexpr Capability kCapability = Capability::kMessageServer;
  bool operator==(const MessageServerPermissions&) const = default;
};

struct HttpClientPermissions {
  static constexpr Capability kCapability = Capability::kHttpClient;
  HostList hosts;
  NameList methods;
  AtMost<Unit::kCount> max_redirects;
  AtMost<Unit::kMilliseconds> timeout;
  AtMost<Unit::kBytes> max_request_size;   // Of the body of one request,
  AtMost<Unit::kBytes> max_response_size;  // and of one response.
  // The operator's secrets that its requests may carry, by name. The secret itself says which
  // actors may have it at all (secret.h).
  NameList secrets;
  // Headers that the node adds, which make a repeated request known to its server.
  AddedHeaders idempotency_headers;
  bool operator==(const HttpClientPermissions&) const = default;
};

struct HttpFrameworkPermissions {
  static constexpr Capability kCapability = Capability::kHttpFramework;
  HostList hosts;  // Addresses and names of its servers.
  PortList ports;  // That they listen on.
  NameList routes;
  NameList methods;
  NameList origins;  // Other origins whose pages may open WebSockets, such as "https://a.org".
  AtMost<Unit::kBytes> max_request_size;  // Of the body of one request.
  AtMost<Unit::kCount> max_servers;       // That one actor has at a time; the rest is of one.
  AtMost<Unit::kCount> max_routes;
  AtMost<Unit::kCount> max_connections;
  bool operator==(const HttpFrameworkPermissions&) const = default;
};

struct FileSystemPermissions {
  static constexpr Capability kCapability = Capability::kFileSystem;
  PathList paths;
  DeniedPaths denied;  // Of these.
  bool read = false;
  bool write = false;
  bool execute = false;
  CommandList commands;
  NameList
      unsandboxed;  // Programs that run where the kernel cannot sandbox them: the operator's alone.
  bool new_dir = false;
  bool operator==(const FileSystemPermissions&) const = default;

  // Takes away what means nothing without `execute`: the commands, and `unsandboxed`. All readers
  // call it, so that permissions that allow the same are equal, and so that a later grant of
  // `execute` brings no commands but its own. meet() and join() keep the form.
  void drop_unused_commands();

  // Whether what lies there may be reached at all: the path of something open, as /proc gives it,
  // which for a file that has been removed meanwhile is its path and a remark.
  bool reaches(std::string_view path) const;
};

struct ProcessPermissions {
  static constexpr Capability kCapability = Capability::kProcess;
  NameList programs;
  CommandList commands;  // Programs with their arguments, further bounded by `programs`.
  PathList paths;        // Working folders, and the files in them.
  AtMost<Unit::kCount> max_processes;
  AtMost<Unit::kBytes> max_output_buffer;  // That wait for the actor, of one output.
  NetworkReach network;
  HostList hosts;    // That they reach through the proxy,
  NameList methods;  // and how; CONNECT is a tunnel, in which all methods pass.
  bool operator==(const ProcessPermissions&) const = default;

  // Takes away what means nothing without `network`: the hosts and the methods. All readers call it,
  // as with FileSystemPermissions::drop_unused_commands(). meet() and join() keep the form.
  void drop_unused_hosts();
};

// The handlers that only some builds have. A right is the name of such a handler, `dice`, or that
// name with one thing more that the handler tells apart, `dice/scores`. They are compared letter by
// letter: neither of these two includes the other.
struct CustomPermissions {
  static constexpr Capability kCapability = Capability::kCustom;
  NameList rights;
  bool operator==(const CustomPermissions&) const = default;

  bool allows(std::string_view right) const { return rights.allows({std::string(right)}); }
};

struct Permissions {
  std::optional<RuntimePermissions> runtime;
  std::optional<EnvironmentPermissions> environment;
  std::optional<RandomPermissions> random;
  std::optional<TimingPermissions> timing;
  std::optional<StorePermissions> store;
  std::optional<SupervisorPermissions> supervisor;
  std::optional<MessageServerPermissions> message_server;
  std::optional<HttpClientPermissions> http_client;
  std::optional<HttpFrameworkPermissions> http_framework;
  std::optional<FileSystemPermissions> file_system;
  std::optional<ProcessPermissions> process;
  std::optional<CustomPermissions> custom;

  // Every capability, with nothing held back.
  static Permissions unrestricted();

  bool has(Capability capability) const;

  // These permissions' share of one capability, and nothing else.
  Permissions only(Capability capability) const;
  Permissions without(Capability capability) const;

  bool operator==(const Permissions&) const = default;
};

Permissions meet(const Permissions& a, const Permissions& b);
bool leq(const Permissions& a, const Permissions& b);

// The least single value above both. Within a capability it may allow combinations that neither
// does (a's flags with b's paths); join_is_exact says when it does not.
Permissions join(const Permissions& a, const Permissions& b);

// Whether join(a, b) allows nothing but what a or b allows: in each capability that both have, one
// is below the other, or they differ in one setting only.
bool join_is_exact(const Permissions& a, const Permissions& b);

}  // namespace theater
