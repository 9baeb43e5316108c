// Programs of the machine: theater:simple/process and process-handlers.
//
//   Status handle_send(std::string_view script) {
//     id = THEATER_TRY(process::spawn({.program = "python3",
//                                      .args = {"-c", std::string(script)},
//                                      .cwd = "/work",
//                                      .stdout_mode = process::OutputMode::kLineByLine,
//                                      .timeout_s = 10}));
//     return {};
//   }
//   Status handle_stdout(uint64_t id, std::string_view bytes);
//   Status handle_stderr(uint64_t id, std::string_view bytes);
//   Status handle_exit(uint64_t id, int32_t exit_code);
//
//   THEATER_ACTOR(Actor)
//   THEATER_PROCESS_HANDLERS(Actor)
//
// The manifest must list the handler `process` with the programs and the folders, and the operator
// must grant them. A program runs in a sandbox: without a network, and with no file but those of the
// folder and of the system. The actor takes other calls while it runs. handle_exit is the last call
// for a process, after all of its output.
//
// A process ends with the instance that started it. If the next instance keeps the state, it gets
// handle_exit with kLost for each process that it has not heard the end of.
#pragma once

#include "theater/actor.hpp"
#include "theater/detail/process_types.hpp"

#include <cstdint>
#include <string_view>

namespace theater::process {

// Starts a program and answers with its id; an actor never sees an id twice. Fails with `Permission
// denied: …`, or with why the program does not run.
Result<uint64_t> spawn(const Config& config);

// Answers with how many of the bytes were taken, which are fewer if the program reads too slowly.
Result<uint32_t> write_stdin(uint64_t id, std::string_view bytes);

// The program finds the end of its input behind what was written.
Status close_stdin(uint64_t id);

// Also of a process that has ended.
Result<Info> status(uint64_t id);

// Reaches the program alone.
Status signal(uint64_t id, Signal signal);

// Kills the program and all that it started.
Status kill(uint64_t id);

}  // namespace theater::process

#include "theater/detail/process_callbacks.hpp"

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_process.hpp"
#else
#include "theater/detail/native_process.hpp"
#endif

// At namespace scope, once, after THEATER_ACTOR(Actor).
#define THEATER_PROCESS_HANDLERS(Actor) THEATER_DETAIL_PROCESS_HANDLERS(Actor)
