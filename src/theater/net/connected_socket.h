// Connects to a server, on a Unix socket or over TCP. For threads that may block.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace theater {

// Connects to a Unix socket and checks that one of `trusted_users` listens there. Fails with
// kPermissionDenied if another user does, kUnavailable if nothing listens or the server is too busy
// until `end`, kInvalidArgument for a path that is none, else kIo. The socket does not block.
Result<Descriptor> connect_to_path(const std::filesystem::path& path,
                                   std::span<const uid_t> trusted_users,
                                   std::chrono::steady_clock::time_point end);

// Connects to the first address of `host` that answers. Fails with kUnavailable, kNotFound for a
// name without an address, kDeadlineExceeded after `end`. The socket does not block.
Result<Descriptor> connect_to_host(const std::string& host, uint16_t port,
                                   std::chrono::steady_clock::time_point end);

}  // namespace theater
