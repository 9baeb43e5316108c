// The three pipes between the node and a new process. Both ends close on exec, and none has a
// standard number, so connecting one in the new process overwrites no other.
//
// For the source files of this module only.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"

#include <array>

namespace theater {

struct CommandPipe {
  Descriptor read;
  Descriptor write;
};

struct CommandPipes {
  CommandPipe in;  // `write` is closed if the stdin is empty.
  CommandPipe out;
  CommandPipe err;

  // The new process's stdin, stdout and stderr.
  std::array<int, 3> standard() const {
    return {in.read.number(), out.write.number(), err.write.number()};
  }
};

// The node's ends never wait. Fails with kIo or kResourceExhausted.
Result<CommandPipes> make_pipes(bool takes_input);

}  // namespace theater
