// Takes variables out of the environment of this process.
//
// unsetenv() removes a variable from the list that getenv() reads, and leaves its text in the
// memory that the kernel shows as /proc/PID/environ. A process that was started with a secret in
// its environment overwrites that text too.
#pragma once

#include "theater/base/secret_bytes.h"

#include <memory>
#include <string>

namespace theater {

// The value of the variable, which the process then no longer has: neither in getenv() nor in
// /proc/self/environ, and no child inherits it. Null if it is not set. Call it before other threads
// read the environment.
std::shared_ptr<const SecretBytes> take_variable(const std::string& name);

}  // namespace theater
