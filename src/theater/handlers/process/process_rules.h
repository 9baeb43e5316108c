// What an actor's grant allows of processes, and what is no process at all.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/handlers/process/network_rules.h"
#include "theater/handlers/process/process_values.h"
#include "theater/manifest/permissions.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace theater {

// Immutable.
class ProcessRules {
 public:
  // Processes that one actor may have, whatever its grant says.
  static constexpr uint64_t kProcessesMax = 256;
  // The words of a process's arguments and variables, and their bytes together.
  static constexpr size_t kWordsMax = 4096;
  static constexpr size_t kWordsSizeMax = size_t{1} << 20;
  // Bytes of one output that wait for the actor, whatever its grant says.
  static constexpr uint64_t kOutputBufferMax = uint64_t{16} << 20;
  // Seconds of an execution-timeout: a year.
  static constexpr uint64_t kTimeoutMax = 365 * 24 * 3600;

  // A piece of output has at most `payload_bytes`, and a little less.
  ProcessRules(std::optional<ProcessPermissions> permissions, uint64_t payload_bytes);

  // Why the actor may not use the handler at all.
  Refusal refuses() const;
  // Why it may not start this process while it has `running` others. None for what is no process
  // (fault_of).
  Refusal refuses_spawn(const ProcessConfig& config, size_t running) const;

  // What is wrong with the config under every grant; none if nothing is.
  std::optional<std::string> fault_of(const ProcessConfig& config) const;

  // The folder that the process works in; none: it has none.
  std::optional<std::string> folder_of(const ProcessConfig& config) const;
  // The granted folder around that one, whose files the process may read and write.
  std::string root_of(const std::string& folder) const;

  // How far the processes reach into the network, and what they may do there.
  NetworkReach network() const;
  NetworkRules network_rules(const HostList& private_hosts) const;

  uint64_t processes_max() const;
  uint64_t output_buffer_max() const;

 private:
  const std::optional<ProcessPermissions> permissions_;
  const uint64_t piece_max_;
};

}  // namespace theater
