// A program in namespaces of its own: it sees only its own files, processes, network, host name and
// System V objects.
//
// The first process of its namespaces is ours (init/): it sets all up by a plan (init_plan.h),
// starts the program, and ends with its code. The kernel kills every other process of the namespace
// when that one ends, whatever these did to hide, and it kills that one when the node ends.
//
// On a node that is not root, the namespaces belong to a user namespace in which only the node's
// user exists. Root needs none, and leaves root before the program starts.
#pragma once

#include "theater/base/result.h"
#include "theater/sandbox/command_process.h"

namespace theater {

// As start_process(), with a `wall` in namespaces, and in `group` if there is one. Fails with kIo too if the first process does not
// report within ten seconds. Blocks until the program is executed, which takes milliseconds.
Result<CommandProcess> start_in_namespaces(const CommandStart& start, const CommandSandbox& wall,
                                           ProgramGroup group);

}  // namespace theater
