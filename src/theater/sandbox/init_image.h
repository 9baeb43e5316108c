// The program that is the first process of a sandbox (init/), which the node carries inside.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"

namespace theater {

// The program as a file in memory that no process can change; made at the first call. Fails with
// kIo or kResourceExhausted. Safe from any thread.
Result<const Descriptor*> init_image();

}  // namespace theater
