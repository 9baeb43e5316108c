#include "theater/manifest/capability.h"

#include <algorithm>

namespace theater {

std::string_view capability_name(Capability capability) {
  switch (capability) {
    case Capability::kRuntime:
      return "runtime";
    case Capability::kEnvironment:
      return "environment";
    case Capability::kRandom:
      return "random";
    case Capability::kTiming:
      return "timing";
    case Capability::kStore:
      return "store";
    case Capability::kSupervisor:
      return "supervisor";
    case Capability::kMessageServer:
      return "message-server";
    case Capability::kHttpClient:
      return "http-client";
    case Capability::kHttpFramework:
      return "http-framework";
    case Capability::kFileSystem:
      return "filesystem";
    case Capability::kProcess:
      return "process";
    case Capability::kCustom:
      return "custom";
  }
  return "unknown";
}

const std::vector<std::string>& capability_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (Capability capability : kCapabilities)
      all.emplace_back(capability_name(capability));
    return all;
  }();
  return names;
}

std::optional<Capability> capability_from_name(std::string_view name) {
  std::string dashed(name);
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  if (dashed == "file-system") dashed = "filesystem";
  for (Capability capability : kCapabilities) {
    if (capability_name(capability) == dashed) return capability;
  }
  return std::nullopt;
}

}  // namespace theater
