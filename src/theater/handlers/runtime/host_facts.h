// What a guest may learn about the machine, behind an interface so that tests decide what it is.
#pragma once

#include "theater/handlers/environment/host_variables.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace theater {

// `system-info` of the interface theater:simple/runtime.
struct SystemInfo {
  std::string hostname;
  std::string os_type;
  std::string os_release;
  uint32_t cpu_count = 0;
  uint64_t memory_total = 0;      // Bytes.
  uint64_t memory_available = 0;  // Bytes that could be used without swapping.
  uint64_t uptime = 0;            // Seconds.

  bool operator==(const SystemInfo&) const = default;
};
BOOST_DESCRIBE_STRUCT(SystemInfo, (),
                      (hostname, os_type, os_release, cpu_count, memory_total, memory_available,
                       uptime))

// Safe from any thread, short, and never blocking: asked on the stack of a guest.
class HostFacts {
 public:
  virtual ~HostFacts() = default;

  // None if it is not set.
  virtual std::optional<std::string> environment(const std::string& name) const = 0;

  virtual SystemInfo system_info() const = 0;
};

// The machine that this process runs on.
class MachineFacts final : public HostFacts {
 public:
  // With the variables that the process has then.
  MachineFacts() : variables_(HostVariables::of_process()) {}

  std::optional<std::string> environment(const std::string& name) const override;
  SystemInfo system_info() const override;

 private:
  HostVariables variables_;
};

// The bytes that a line `MemAvailable:  123 kB` of /proc/meminfo says; none if there is no such
// line.
std::optional<uint64_t> memory_available_in(std::string_view meminfo);

}  // namespace theater
