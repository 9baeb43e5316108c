// Some bytes and at most one descriptor, sent on a pair of sockets that keeps messages apart.
//
// For the source files of this module only. Both functions make one system call, so they may stand
// between fork and exec, and in the program of init/.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace theater {

// Sends `descriptor` too if it is not negative. Returns false and sets errno if the kernel refuses.
bool send_parcel(int channel, const void* content, size_t size, int descriptor);

// Returns the size of what came; 0 once the other side is gone; -1 with errno. `descriptor` becomes
// -1 if none came. Never waits.
ssize_t receive_parcel(int channel, void* content, size_t size, int& descriptor);

}  // namespace theater
