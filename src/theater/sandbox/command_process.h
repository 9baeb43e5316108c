// Starts a program in a process of its own, which gets nothing of the node's except what the caller
// gives it: no descriptor, no variable, no input, and default signals.
//
// The process leads a session and a process group. Either it has a namespace of processes, which the
// kernel empties when its first process ends (namespace_process.h). Or the sandbox around it
// (command_sandbox.h) keeps its descendants in that group. So one signal ends them all. Where the
// machine offers control groups, the process also begins in one of its own (program_group.h).
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"
#include "theater/base/system_user.h"
#include "theater/sandbox/command_sandbox.h"
#include "theater/sandbox/path_requests.h"
#include "theater/sandbox/program_group.h"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// A program that runs, or that has ended and whose exit code is not collected yet.
struct CommandProcess {
  ProgramGroup group;  // Of all its processes; none where the machine offers none.
  pid_t id = 0;        // Also the number of its group and session.
  Descriptor process;  // Readable once the program has ended.
  Descriptor out;      // The program's stdout; a read does not wait.
  Descriptor err;      // Its stderr.
  Descriptor in;       // Its stdin; a write does not wait. Closed: its stdin is empty.
  // Where its calls wait that the node answers (answer_path_request()); closed if there is no such
  // place, which refuses them.
  Descriptor requests;
  PathRights path_rights;
  // In namespaces `process` is the first process of the sandbox, which ends with the code of the
  // program and after all others. This is the program itself; else closed.
  Descriptor program;
  // With Network::kRelay: a socket that listens on 127.0.0.1 and kRelayPort in the network of the
  // program. Each connection that the node accepts there is one that the program made.
  Descriptor relay_listener;
};

struct CommandStart {
  std::string program;                  // An absolute path.
  std::vector<std::string> words;       // The program as the caller named it, and its arguments.
  std::vector<std::string> variables;   // All its variables, each as NAME=value.
  Descriptor folder;                    // Its working folder.
  uint64_t file_size_max;               // The bound of each file that it writes.
  std::optional<SystemUser> user = {};  // None: the user of this process (command_user.h).
  bool takes_input = false;             // Whether its stdin is a pipe; else it is empty.
  // What is executed in place of the file `program` (sealed_file.h); closed: that file. Only for a
  // program without namespaces.
  Descriptor image = {};
};

// The most words of one command, and their bytes together.
inline constexpr size_t kCommandWordsMax = 100;
inline constexpr size_t kCommandWordsSizeMax = size_t{16} << 10;

// Why these words cannot be a command: too many, too long, or with a NUL; none if they can.
std::optional<std::string> command_fault(const std::vector<std::string>& words);

// The folders that find_program() searches in order, separated by colons.
std::string_view program_folders();

// The variables of a command whose own folder has the absolute path `folder`: PATH, HOME, TMPDIR
// and LANG.
std::vector<std::string> command_variables(const std::string& folder);

// The absolute path of the program `name`. Fails with kNotFound, naming the searched folders, and
// with kInvalidArgument for a text that is neither a name nor absolute. An absolute path is
// returned unchecked.
Result<std::string> find_program(std::string_view name);

// Starts the program inside `wall`. The program dies with the thread that calls this, so that thread
// lives as long as the node (process_keeper.h). Fails with kPermissionDenied if it would run as root, and with
// kIo or kResourceExhausted if the system grants no process or pipe, or cannot execute the program.
// Blocks until the program is executed, which is short.
//
// A start as another user makes this process undumpable for good: until the program is executed,
// the new process has its memory, and no other process of that user may read it.
Result<CommandProcess> start_process(const CommandStart& start, const CommandSandbox& wall);

// Kills every process of the group, or of the namespace, and of the control group.
void kill_group(const CommandProcess& process);

// Sends SIGTERM or SIGKILL to all of these.
void signal_group(const CommandProcess& process, int signal);

// The exit code as a shell reports it: the program's own, or 128 and the number of the signal that
// ended it. Call it only after the program has ended; never kill its group afterwards.
int32_t collect_exit_code(const CommandProcess& process);

}  // namespace theater
