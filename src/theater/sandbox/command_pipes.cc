#include "theater/sandbox/command_pipes.h"

#include "theater/base/file_handle.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace theater {

namespace {

// The end of a pipe that stays with the node. It never waits.
enum class NodeEnd : bool { kRead, kWrite };

Result<CommandPipe> make_pipe(NodeEnd ours) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_failure("make a pipe for", "a command", errno);
  CommandPipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  for (Descriptor* end : {&pipe.read, &pipe.write}) {
    if (end->number() > 2) continue;
    Descriptor moved(::fcntl(end->number(), F_DUPFD_CLOEXEC, 3));
    if (!moved.open()) return os_failure("make a pipe for", "a command", errno);
    *end = std::move(moved);
  }
  const Descriptor& kept = ours == NodeEnd::kRead ? pipe.read : pipe.write;
  if (::fcntl(kept.number(), F_SETFL, O_NONBLOCK) != 0) {
    return os_failure("make a pipe for", "a command", errno);
  }
  return pipe;
}

// Where the program's stdin comes from: `write` is closed if that is empty.
Result<CommandPipe> make_input(bool takes_input) {
  if (takes_input) return make_pipe(NodeEnd::kWrite);
  Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Descriptor in(nothing.open() ? ::fcntl(nothing.number(), F_DUPFD_CLOEXEC, 3) : -1);
  if (!in.open()) return os_failure("open", "/dev/null", errno);
  return CommandPipe{std::move(in), {}};
}

}  // namespace

Result<CommandPipes> make_pipes(bool takes_input) {
  CommandPipe out = THEATER_TRY(make_pipe(NodeEnd::kRead));
  CommandPipe err = THEATER_TRY(make_pipe(NodeEnd::kRead));
  CommandPipe in = THEATER_TRY(make_input(takes_input));
  return CommandPipes{std::move(in), std::move(out), std::move(err)};
}

}  // namespace theater
