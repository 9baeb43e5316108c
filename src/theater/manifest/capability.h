// The names of what an actor can be allowed to do. A handler type and its capability share a name;
// the handlers that only some builds have share the capability `custom`.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

enum class Capability {
  kRuntime,
  kEnvironment,
  kRandom,
  kTiming,
  kStore,
  kSupervisor,
  kMessageServer,
  kHttpClient,
  kHttpFramework,
  kFileSystem,
  kProcess,
  kCustom,
};

inline constexpr std::array kCapabilities{
    Capability::kRuntime,       Capability::kEnvironment, Capability::kRandom,
    Capability::kTiming,        Capability::kStore,       Capability::kSupervisor,
    Capability::kMessageServer, Capability::kHttpClient,  Capability::kHttpFramework,
    Capability::kFileSystem,    Capability::kProcess,     Capability::kCustom};

// As in manifests and grants, such as "message-server" and "filesystem".
std::string_view capability_name(Capability capability);

// The names of all capabilities.
const std::vector<std::string>& capability_names();

// Takes underscores for dashes, and "file-system" for "filesystem".
std::optional<Capability> capability_from_name(std::string_view name);

}  // namespace theater
