#include "theater/api/connection_limits.h"

#include <algorithm>

namespace theater::api {

Result<HttpLimits> connection_limits(uint64_t open_files) {
  uint64_t room = open_files > kOtherFiles ? (open_files - kOtherFiles) / 2 : 0;
  if (room < kConnectionsMin) {
    return Failure(
        Error(ErrorCode::kResourceExhausted,
              fmt::format("a process of this user may have {} files open, and a server needs {}",
                          open_files, kOtherFiles + 2 * kConnectionsMin))
            .with_hint("raise the limit: `ulimit -Hn`, or LimitNOFILE= of the systemd unit"));
  }
  HttpLimits limits;
  // Readers of streams keep their connections for days, and one user may have many.
  limits.connections_max = std::min(static_cast<size_t>(room), kConnectionsMax);
  limits.connections_per_peer_max = limits.connections_max / 2;
  limits.connections_kept_for_owner = kOwnConnections;
  return limits;
}

}  // namespace theater::api
