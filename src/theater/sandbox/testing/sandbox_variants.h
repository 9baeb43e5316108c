// The levels of protection that tests run programs at: the machine's own features, with some taken
// away.
#pragma once

#include "theater/sandbox/sandbox_features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace theater::testing {

enum class SandboxVariant : uint8_t {
  kNamespaces,       // All that the machine has.
  kNamespacesAlone,  // Without Landlock, /proc and control groups.
  kLandlock,         // Without namespaces.
  kDebian12,         // Without namespaces and control groups, and with the Landlock of Linux 6.1.
};

inline constexpr std::array kSandboxVariants = {
    SandboxVariant::kNamespaces, SandboxVariant::kNamespacesAlone, SandboxVariant::kLandlock,
    SandboxVariant::kDebian12};

inline std::string variant_name(SandboxVariant variant) {
  constexpr std::array kNames = {"Namespaces", "NamespacesAlone", "Landlock", "Debian12"};
  return kNames[static_cast<size_t>(variant)];
}

inline SandboxFeatures features_of(SandboxVariant variant) {
  SandboxFeatures features = SandboxFeatures::of_machine();
  switch (variant) {
    case SandboxVariant::kNamespaces:
      break;
    case SandboxVariant::kNamespacesAlone:
      features.landlock = 0;
      features.proc = false;
      features.groups = {};
      break;
    case SandboxVariant::kDebian12:
      features.landlock = std::min(features.landlock, 2);
      features.groups = {};
      [[fallthrough]];
    case SandboxVariant::kLandlock:
      features.namespaces = false;
      break;
  }
  return features;
}

// Why the machine cannot offer that level; none if it can.
inline std::optional<std::string> lacks(SandboxVariant variant) {
  SandboxFeatures features = features_of(variant);
  bool needs_namespaces =
      variant == SandboxVariant::kNamespaces || variant == SandboxVariant::kNamespacesAlone;
  if (needs_namespaces && !features.namespaces) return features.namespaces_fault;
  if (Result<void> level = check_level(features); !level) return level.error().message();
  return std::nullopt;
}

// The processes of the machine that have `word` among their words.
inline std::vector<std::string> processes_with(const std::string& word) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    std::ifstream file(entry.path() / "cmdline");
    std::stringstream words;
    words << file.rdbuf();
    if (('\0' + words.str()).find('\0' + word + '\0') != std::string::npos)
      found.push_back(entry.path().filename());
  }
  return found;
}

}  // namespace theater::testing
