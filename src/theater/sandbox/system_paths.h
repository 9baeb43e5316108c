// What of the system every sandboxed program may reach: programs and libraries, five devices, and a
// few files of /etc, each public on every machine.
//
// For the source files of this module only.
#pragma once

#include "theater/sandbox/sandbox_network.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace theater {

struct SystemPath {
  enum class Use : uint8_t { kExecute, kRead, kDevice, kReadDevice };
  const char* path;
  Use use;
};

// Folders with programs, and devices; some may be missing.
std::span<const SystemPath> system_paths();

// The files and folders of /etc that exist here. A program with a network also finds there which
// authorities to trust, and, on the node's own network, how to look names up.
std::vector<std::string> settings_paths(Network network);

}  // namespace theater
