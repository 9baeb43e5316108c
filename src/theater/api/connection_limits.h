// How many connections the API takes, by the files that the process may have open.
//
// A connection is an open file. The log needs files too: without one it cannot begin a segment, and
// the node stops. So do stores, compiled code, and the folders and sockets of actors. So the API
// leaves them kOtherFiles, and half of what remains.
#pragma once

#include "theater/base/result.h"
#include "theater/net/http_limits.h"

#include <cstddef>
#include <cstdint>

namespace theater::api {

inline constexpr uint64_t kOtherFiles = 256;
inline constexpr size_t kConnectionsMin = 64;
inline constexpr size_t kConnectionsMax = 4096;
// Of all connections, for the node's own socket alone.
inline constexpr size_t kOwnConnections = 16;

// The limits for a process that may have `open_files` open. Fails with kResourceExhausted if that
// leaves less than kConnectionsMin.
Result<HttpLimits> connection_limits(uint64_t open_files);

}  // namespace theater::api
