// Starts a program in a process of its own, with nothing of the node's but what it is given.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"
#include "theater/handlers/filesystem/command_sandbox.h"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// A program that runs, or has ended and was not waited for yet. The process is a group and a
// session of its own.
struct CommandProcess {
  pid_t id = 0;
  Descriptor process;  // Readable once it has ended.
  Descriptor out;      // Its output; reading does not wait.
  Descriptor err;
};

struct CommandStart {
  std::string program;                 // Absolute.
  std::vector<std::string> words;      // The program as it was called, and its arguments.
  std::vector<std::string> variables;  // NAME=value: all that it has.
  const Descriptor& folder;            // Where it begins.
  uint64_t file_size_max;              // Of each file that it writes.
};

// Where programs are that are called by name, in order.
std::string_view program_folders();

// Where the program called so is. Fails with kNotFound, saying where it was looked for, and with
// kInvalidArgument for what is neither a name nor absolute.
Result<std::string> find_program(std::string_view name);

// Fails with kIo or kResourceExhausted if there is no process or no pipe to be had, or the program
// cannot be executed. Blocks until it has been, which is short.
Result<CommandProcess> start_process(const CommandStart& start, const CommandSandbox& wall);

// Ends every process of the group.
void kill_group(const CommandProcess& process);

// How it ended, as a shell says it: its exit code, or 128 and the number of the signal. Only once
// it has ended; its group must not be killed afterwards.
int32_t collect_exit_code(const CommandProcess& process);

}  // namespace theater
