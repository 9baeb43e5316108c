// How many files, sockets and folders among them, this process may have open, and for whom.
//
// A node that has none left cannot begin a segment of its log, and stops. Yet guests and clients
// decide how many files it opens for them. So each kind of holder may only fill a part, and the rest
// is kept for the kinds behind it: a guest's folders leave room for clients, clients leave room for
// the owner of the node, and all of them leave room for the log.
//
// The kernel gives each new file the lowest number that is free. So its number says how many files
// at least were open before it, and no count is kept.
#pragma once

#include "theater/base/result.h"

#include <cstdint>

namespace theater {

// Raises the soft limit (RLIMIT_NOFILE) to the hard one, and returns the limit that then holds. The
// soft limit is low, for programs that use select(2). Once it is raised, further calls change
// nothing. Safe from any thread.
uint64_t raise_open_files_limit();

// Because of whom a file is open for longer than a call.
enum class FileHolder : uint8_t {
  kGuest,   // An actor: its folder, commands, web requests, clients of its servers. Three quarters.
  kClient,  // A connection to the node's API. Seven eighths.
  kOwner,   // A connection to the node's own socket. Fifteen sixteenths.
};

// Whether a file that was just opened with this number may stay open. Safe from any thread, as the
// rest.
bool has_file_room(int number, FileHolder holder);

// The same before a file is opened. Fails with kResourceExhausted, with the limit and how to raise
// it. Other threads may open files meanwhile, so more of them may pass than fit; they are few.
Result<void> check_file_room(FileHolder holder);

}  // namespace theater
