// How many files, sockets among them, this process may have open.
#pragma once

#include <cstdint>

namespace theater {

// Raises the soft limit (RLIMIT_NOFILE) to the hard one, and returns the limit that then holds. The
// soft limit is low, for programs that use select(2). Once it is raised, further calls change
// nothing. Safe from any thread.
uint64_t raise_open_files_limit();

}  // namespace theater
