#include "theater/net/connected_socket.h"

#include "theater/net/name_lookup.h"
#include "theater/net/socket_address.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stop_token>

namespace theater {

namespace {

using TimePoint = std::chrono::steady_clock::time_point;

std::chrono::milliseconds time_left(TimePoint end) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

Failure no_connection(const std::string& to, int error) {
  bool is_late = error == ETIMEDOUT || error == EAGAIN;
  bool is_private = error == EACCES || error == EPERM;
  ErrorCode code = is_late      ? ErrorCode::kDeadlineExceeded
                   : is_private ? ErrorCode::kPermissionDenied
                                : ErrorCode::kUnavailable;
  return fail(code, "connecting to {}: {}", to, std::strerror(error));
}

// Zero, or the error of the system.
int connect_until(int socket, const SocketAddress& address, TimePoint end) {
  if (connect(socket, address.get(), address.size()) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waiting{socket, POLLOUT, 0};
  int ready = 0;
  do {
    ready = poll(&waiting, 1, static_cast<int>(time_left(end).count()));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  if (ready < 0 || getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

}  // namespace

Result<Descriptor> connect_to_path(const std::filesystem::path& path,
                                   std::span<const uid_t> trusted_users, TimePoint end) {
  SocketAddress address = THEATER_TRY(SocketAddress::unix_path(path));
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.open()) return fail(ErrorCode::kIo, "making a socket: {}", std::strerror(errno));
  // While the server's queue is full, connect() waits, and no longer than this.
  auto left = std::max(time_left(end), std::chrono::milliseconds(1));
  timeval limit{left.count() / 1000, (left.count() % 1000) * 1000};
  setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(socket.number(), address.get(), address.size()) != 0)
    return no_connection(path.string(), errno);
  UnixPeer peer = THEATER_TRY(unix_peer_of(socket.number()));
  if (std::find(trusted_users.begin(), trusted_users.end(), peer.user) == trusted_users.end()) {
    return fail(ErrorCode::kPermissionDenied,
                "connecting to {}: user {} listens there, who is not trusted; nothing was sent",
                path.string(), peer.user);
  }
  fcntl(socket.number(), F_SETFL, fcntl(socket.number(), F_GETFL) | O_NONBLOCK);
  return socket;
}

Result<Descriptor> connect_to_host(const std::string& host, uint16_t port, TimePoint end) {
  auto addresses = THEATER_TRY(look_up(host, resolve_by_system, end, std::stop_token()));
  int error = ENETUNREACH;
  for (const IpAddress& candidate : addresses) {
    SocketAddress address = THEATER_TRY(SocketAddress::tcp(candidate.to_string(), port));
    Descriptor socket(
        ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!socket.open()) return fail(ErrorCode::kIo, "making a socket: {}", std::strerror(errno));
    error = connect_until(socket.number(), address, end);
    if (error == 0) return socket;
  }
  return no_connection(fmt::format("{}, port {}", host, port), error);
}

}  // namespace theater
