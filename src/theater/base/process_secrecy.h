// Keeps other processes of the same user out of this one.
#pragma once

#include "theater/base/result.h"

namespace theater {

// For a process that has secrets: from now on no process of its user can attach to it or read its
// memory and environment (/proc/PID/mem, /proc/PID/environ), and no crash leaves a core dump. Root
// still can. A debugger of the user cannot attach either. There is no way back. Fails with kIo.
Result<void> hide_process();

}  // namespace theater
