#include "theater/net/socket_address.h"

#include "theater/net/listening_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace theater {

namespace {

sockaddr_in as_v4(const sockaddr_storage& storage) {
  sockaddr_in address{};
  std::memcpy(&address, &storage, sizeof address);
  return address;
}

sockaddr_in6 as_v6(const sockaddr_storage& storage) {
  sockaddr_in6 address{};
  std::memcpy(&address, &storage, sizeof address);
  return address;
}

}  // namespace

Result<SocketAddress> SocketAddress::tcp(const std::string& address, uint16_t port) {
  sockaddr_storage storage{};
  sockaddr_in v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&storage, &v4, sizeof v4);
    return SocketAddress(storage, sizeof v4);
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&storage, &v6, sizeof v6);
    return SocketAddress(storage, sizeof v6);
  }
  return fail(ErrorCode::kInvalidArgument,
              "`{}` is no address; give one like 127.0.0.1 or ::1, not a name", address);
}

Result<SocketAddress> SocketAddress::unix_path(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (text.empty() || text.find('\0') != std::string::npos)
    return fail(ErrorCode::kInvalidArgument, "`{}` is no path of a socket", text);
  if (text.size() > kUnixPathBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                "the path of the socket `{}` has {} bytes, and the kernel takes {}; choose a "
                "folder with a shorter path",
                text, text.size(), kUnixPathBytesMax);
  }
  sockaddr_un name{};
  static_assert(sizeof name.sun_path == kUnixPathBytesMax + 1);
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, text.data(), text.size());
  sockaddr_storage storage{};
  std::memcpy(&storage, &name, sizeof name);
  return SocketAddress(storage,
                       static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + 1));
}

Result<SocketAddress> SocketAddress::of_own_end(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0)
    return fail(ErrorCode::kIo, "reading the address of a socket: {}", std::strerror(errno));
  return SocketAddress(storage, size);
}

std::string SocketAddress::address() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    sockaddr_in v4 = as_v4(storage_);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (family() == AF_INET6) {
    sockaddr_in6 v6 = as_v6(storage_);
    // ::ffff:a.b.c.d is the IPv4 address a.b.c.d.
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text.data(), text.size());
    } else {
      inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
  }
  return text.data();
}

uint16_t SocketAddress::port() const {
  if (family() == AF_INET) return ntohs(as_v4(storage_).sin_port);
  if (family() == AF_INET6) return ntohs(as_v6(storage_).sin6_port);
  return 0;
}

std::string SocketAddress::to_string() const {
  if (family() == AF_INET6) return fmt::format("[{}]:{}", address(), port());
  return fmt::format("{}:{}", address(), port());
}

std::string SocketAddress::client_key() const {
  if (family() == AF_INET6) {
    sockaddr_in6 v6 = as_v6(storage_);
    if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
      return {reinterpret_cast<const char*>(v6.sin6_addr.s6_addr), 8};
  }
  return address();
}

Result<UnixPeer> unix_peer_of(int socket) {
  ucred found{};
  socklen_t size = sizeof found;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0)
    return fail(ErrorCode::kIo, "asking who is at the other end: {}", std::strerror(errno));
  return UnixPeer{found.uid, found.gid, found.pid};
}

}  // namespace theater
