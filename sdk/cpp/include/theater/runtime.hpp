// What the runtime offers every actor: theater:simple/runtime.
//
// Each function crosses the sandbox wall, so each call of it is in the actor's chain. Compiled for
// a host (a unit test), the functions go to theater::testing::Host instead; see testing.hpp.
#pragma once

#include "theater/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// An event of the actor's own chain in its short form.
struct Event {
  uint64_t hash = 0;  // The first eight bytes of the event's hash.
  std::string event_type;
  std::optional<uint64_t> parent;
  std::string data;  // What happened, as JSON.
};

// About the machine; without the grant for it the texts are empty and the numbers zero.
struct SystemInfo {
  std::string hostname;
  std::string os_type;
  std::string os_release;
  uint32_t cpu_count = 0;
  uint64_t memory_total = 0;
  uint64_t memory_available = 0;
  uint64_t uptime = 0;
};

// Writes a line to the actor's log, at level info. For other levels: levelled_log.hpp.
void log(std::string_view message);

// The actor's own id: 32 hexadecimal digits.
std::string get_actor_id();

// The actor's own name, from its manifest.
std::string get_actor_name();

// Milliseconds since 1970-01-01 UTC. Recorded, so that a replay sees the same time.
uint64_t get_current_time();

// A variable of the host's environment; none if it is not set or not granted.
std::optional<std::string> get_env(std::string_view name);

// Records a measured value under a name.
Status record_metric(std::string_view name, double value);

// Records an event of the actor's own making in its chain.
Status record_event(std::string_view event_type, std::string_view data);

// The actor's chain before this call, oldest event first.
std::vector<Event> get_chain();

// The data of the last event of the actor's chain before this call. Not the actor's state, which is
// the struct itself.
std::string get_state();

// The version of Theater that runs this actor, such as "0.1.0".
std::string get_theater_version();

SystemInfo get_system_info();

// Asks for the end of this actor, which comes when the current call has returned. `data` reaches
// the parent.
Status shutdown(std::optional<std::string_view> data = std::nullopt);

}  // namespace theater

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_runtime.hpp"
#else
#include "theater/detail/native_runtime.hpp"
#endif
