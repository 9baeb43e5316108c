// From what a guest asks for to what the keeper starts: the program found, the folder opened, the
// sandbox built, the user chosen.
#pragma once

#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/base/system_user.h"
#include "theater/handlers/process/process_users.h"
#include "theater/handlers/process/process_values.h"
#include "theater/manifest/network_reach.h"
#include "theater/sandbox/process_keeper.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace theater {

// What the processes of one actor have in common. Its session and its jobs share it.
struct ProcessPowers {
  std::shared_ptr<ProcessKeeper> keeper;
  std::shared_ptr<ProcessUsers> users;
  std::filesystem::path home;
  ActorId actor;
  std::optional<SystemUser> chosen_user = {};    // The policy's choice of their user.
  std::optional<SandboxFeatures> features = {};  // None: those of the machine.
  NetworkReach network = {};
};

struct ProcessRequest {
  ProcessConfig config;               // Without a fault, and granted.
  std::optional<std::string> folder;  // ProcessRules::folder_of().
  std::string root;                   // ProcessRules::root_of() that; empty without a folder.
};

struct PlannedProcess {
  KeptStart start;
  // Held as long as the process runs; null if its user is no one's own.
  std::shared_ptr<const SystemUser> user;
};

// The time between TERM and KILL at the end of an execution-timeout.
inline constexpr std::chrono::seconds kProcessGrace{5};
// The bound of each file that a process writes.
inline constexpr uint64_t kProcessFileSizeMax = uint64_t{1} << 30;

// Fails with what keeps the process from running: kNotFound, kInvalidArgument, kPermissionDenied,
// kUnsupported, kIo. Blocks.
Result<PlannedProcess> plan_process(const ProcessRequest& request, const ProcessPowers& powers);

}  // namespace theater
