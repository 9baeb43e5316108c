// process.hpp in a unit test, which plays the program: TestActor::process_stdout and its like.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater::process {

inline Result<uint64_t> spawn(const Config& config) {
  testing::Host& host = testing::Host::current();
  if (host.on_spawn_process) THEATER_TRY_VOID(host.on_spawn_process(config));
  uint64_t id = host.processes.size() + 1;
  host.processes[id] = {.config = config, .start_time_ms = host.now_ms};
  return id;
}

inline Result<uint32_t> write_stdin(uint64_t id, std::string_view bytes) {
  auto process = testing::Host::current().find_process(id);
  if (!process || !(*process)->is_running() || (*process)->is_input_closed)
    return fail("Process " + std::to_string(id) + " not found or has no stdin");
  (*process)->input += bytes;
  return static_cast<uint32_t>(bytes.size());
}

inline Status close_stdin(uint64_t id) {
  THEATER_TRY_VOID(write_stdin(id, ""));
  (*testing::Host::current().find_process(id))->is_input_closed = true;
  return {};
}

inline Result<Info> status(uint64_t id) {
  testing::StartedProcess* process = THEATER_TRY(testing::Host::current().find_process(id));
  return Info{process->is_running(), process->exit_code, process->start_time_ms};
}

inline Status signal(uint64_t id, Signal signal) {
  testing::StartedProcess* process = THEATER_TRY(testing::Host::current().find_process(id));
  if (!process->is_running())
    return fail("Failed to signal process " + std::to_string(id) + ": the program has ended");
  process->signals.push_back(signal);
  return {};
}

inline Status kill(uint64_t id) {
  return signal(id, Signal::kKill);
}

}  // namespace theater::process

#define THEATER_DETAIL_PROCESS_HANDLERS(Actor)                                    \
  static_assert(requires {                                                        \
    ::theater::detail::call_stdout<Actor>(::theater::detail::KeptState(), 0, ""); \
    ::theater::detail::call_stderr<Actor>(::theater::detail::KeptState(), 0, ""); \
    ::theater::detail::call_exit<Actor>(::theater::detail::KeptState(), 0, 0);    \
  });
