// Names of threads, by which `top -H`, debuggers and /proc tell them apart.
//
// A thread that has not named itself has the name of the thread that made it. docs/architecture.md
// lists the names.
#pragma once

#include <string_view>

namespace theater {

// Names the calling thread. The kernel keeps the first 15 bytes.
void name_this_thread(std::string_view name);

}  // namespace theater
