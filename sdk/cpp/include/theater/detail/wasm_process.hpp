// process.hpp in a guest.
#pragma once

#include "theater/detail/wasm_exports.hpp"
#include "theater/detail/wasm_texts.hpp"

namespace theater::detail {

// result<process-status, string>
struct RawProcessStatus {
  alignas(8) uint8_t tag;
  union {
    struct {
      uint64_t id;
      uint8_t is_running;
      struct {
        uint8_t has_code;
        int32_t code;
      } exit;
      uint64_t start_time;
    } status;
    Span error;
  };
};
static_assert(sizeof(RawProcessStatus) == 40 && sizeof(RawNumber<uint32_t>) == 12);

THEATER_DETAIL_IMPORT("process", "os-spawn")
void theater_raw_spawn_process(const char* program, size_t program_size, const Span* args,
                               size_t arg_count, int32_t has_cwd, const char* cwd, size_t cwd_size,
                               const RawVariable* env, size_t env_count, uint32_t buffer_size,
                               int32_t stdout_mode, int32_t stderr_mode, int32_t has_chunk_size,
                               uint32_t chunk_size, int32_t has_timeout, uint64_t timeout,
                               RawNumber<uint64_t>*);
THEATER_DETAIL_IMPORT("process", "os-write-stdin")
void theater_raw_write_stdin(uint64_t id, const char* data, size_t size, RawNumber<uint32_t>*);
THEATER_DETAIL_IMPORT("process", "os-status")
void theater_raw_process_status(uint64_t id, RawProcessStatus*);
THEATER_DETAIL_IMPORT("process", "os-signal")
void theater_raw_signal_process(uint64_t id, uint32_t signal, Tagged*);
THEATER_DETAIL_IMPORT("process", "os-kill") void theater_raw_kill_process(uint64_t id, Tagged*);

}  // namespace theater::detail

namespace theater::process {

inline Result<uint64_t> spawn(const Config& config) {
  detail::LoweredTexts texts;
  detail::Span program = texts.add(config.program);
  detail::Span cwd = texts.add(config.cwd ? std::string_view(*config.cwd) : "");
  std::vector<detail::Span> args;
  for (const std::string& arg : config.args)
    args.push_back(texts.add(arg));
  std::vector<detail::RawVariable> env;
  for (const auto& [name, value] : config.env)
    env.push_back({texts.add(name), texts.add(value)});
  detail::RawNumber<uint64_t> out;
  detail::theater_raw_spawn_process(
      program.data, program.size, args.data(), args.size(), config.cwd.has_value(), cwd.data,
      cwd.size, env.data(), env.size(), config.buffer_size,
      static_cast<int32_t>(config.stdout_mode), static_cast<int32_t>(config.stderr_mode),
      config.chunk_size.has_value(), config.chunk_size.value_or(0), config.timeout_s.has_value(),
      config.timeout_s.value_or(0), &out);
  return out.take();
}

inline Result<uint32_t> write_stdin(uint64_t id, std::string_view bytes) {
  if (bytes.empty()) return uint32_t{0};
  detail::RawNumber<uint32_t> out;
  detail::theater_raw_write_stdin(id, bytes.data(), bytes.size(), &out);
  return out.take();
}

inline Status close_stdin(uint64_t id) {
  detail::RawNumber<uint32_t> out;
  detail::theater_raw_write_stdin(id, nullptr, 0, &out);
  THEATER_TRY_VOID(out.take());
  return {};
}

inline Result<Info> status(uint64_t id) {
  detail::RawProcessStatus out;
  detail::theater_raw_process_status(id, &out);
  if (out.tag != 0) return fail(out.error.take());
  Info info{.is_running = out.status.is_running != 0, .start_time_ms = out.status.start_time};
  if (out.status.exit.has_code != 0) info.exit_code = out.status.exit.code;
  return info;
}

inline Status signal(uint64_t id, Signal signal) {
  detail::Tagged out;
  detail::theater_raw_signal_process(id, static_cast<uint32_t>(signal), &out);
  return out.take_status();
}

inline Status kill(uint64_t id) {
  detail::Tagged out;
  detail::theater_raw_kill_process(id, &out);
  return out.take_status();
}

}  // namespace theater::process

#define THEATER_DETAIL_PROCESS_HANDLERS(Actor)                                           \
  THEATER_DETAIL_TYPES_PROCESS_HANDLERS                                                  \
  THEATER_DETAIL_EXPORT("process-handlers", "handle-stdout")                             \
  void* theater_export_handle_stdout(int32_t some, const char* state, size_t state_size, \
                                     uint64_t id, const char* data, size_t size) {       \
    ::theater::detail::GivenState kept(some, state, state_size);                         \
    ::theater::detail::Given bytes(data, size);                                          \
    return ::theater::detail::give(                                                      \
        ::theater::detail::call_stdout<Actor>(kept.view(), id, bytes.view()));           \
  }                                                                                      \
  THEATER_DETAIL_POST_RETURN("process-handlers", "handle-stdout", handle_stdout)         \
  THEATER_DETAIL_EXPORT("process-handlers", "handle-stderr")                             \
  void* theater_export_handle_stderr(int32_t some, const char* state, size_t state_size, \
                                     uint64_t id, const char* data, size_t size) {       \
    ::theater::detail::GivenState kept(some, state, state_size);                         \
    ::theater::detail::Given bytes(data, size);                                          \
    return ::theater::detail::give(                                                      \
        ::theater::detail::call_stderr<Actor>(kept.view(), id, bytes.view()));           \
  }                                                                                      \
  THEATER_DETAIL_POST_RETURN("process-handlers", "handle-stderr", handle_stderr)         \
  THEATER_DETAIL_EXPORT("process-handlers", "handle-exit")                               \
  void* theater_export_handle_exit(int32_t some, const char* state, size_t state_size,   \
                                   uint64_t id, int32_t exit_code) {                     \
    ::theater::detail::GivenState kept(some, state, state_size);                         \
    return ::theater::detail::give(                                                      \
        ::theater::detail::call_exit<Actor>(kept.view(), id, exit_code));                \
  }                                                                                      \
  THEATER_DETAIL_POST_RETURN("process-handlers", "handle-exit", handle_exit)
