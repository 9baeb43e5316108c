// Addresses of sockets in the form that the kernel takes: TCP over IPv4 or IPv6, or a path.
#pragma once

#include "theater/base/result.h"
#include "theater/net/http_message.h"

#include <sys/socket.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace theater {

// Value type.
class SocketAddress {
 public:
  // `address` is literal: a.b.c.d, or IPv6 without brackets. Fails with kInvalidArgument.
  static Result<SocketAddress> tcp(const std::string& address, uint16_t port);
  // Fails with kInvalidArgument for an empty path, one with a zero byte, and one that is too long.
  static Result<SocketAddress> unix_path(const std::filesystem::path& path);
  // The address of a socket's own end. Fails with kIo.
  static Result<SocketAddress> of_own_end(int socket);
  // What the kernel wrote, as accept() returns it.
  SocketAddress(const sockaddr_storage& storage, socklen_t size) : storage_(storage), size_(size) {}

  int family() const { return storage_.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }

  // Of TCP; empty and zero for a path.
  std::string address() const;
  uint16_t port() const;
  // `a.b.c.d:port` or `[IPv6]:port`.
  std::string to_string() const;
  // What counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, which one
  // customer of a provider has as a whole.
  std::string client_key() const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

// The process at the other end of a connected Unix socket. For a client this is the process that
// called listen(). Fails with kIo.
Result<UnixPeer> unix_peer_of(int socket);

}  // namespace theater
