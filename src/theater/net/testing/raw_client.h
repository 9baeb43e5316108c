// A client for tests that sends bytes as they are, valid or not.
#pragma once

#include "theater/base/check.h"
#include "theater/base/descriptor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace theater {

// Blocks, for 20 seconds at most; then the test ends.
class RawClient {
 public:
  explicit RawClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect_to(&address, sizeof address);
  }
  explicit RawClient(const std::string& path)
      : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    connect_to(&address, sizeof address);
  }

  int number() const { return socket_.number(); }

  // Ignores that the server has closed: an answer may be there all the same.
  RawClient& send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t sent = ::send(number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return *this;
  }
  RawClient& end_output() {
    shutdown(number(), SHUT_WR);
    return *this;
  }

  // One piece, or nothing at the end of the connection.
  std::string read_some() {
    pollfd waiting{number(), POLLIN, 0};
    THEATER_CHECK(poll(&waiting, 1, 20'000) == 1, "the server says nothing");
    std::array<char, 65536> buffer{};
    ssize_t count = recv(number(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), count > 0 ? static_cast<size_t>(count) : 0};
  }
  // All until the connection ends.
  std::string read_all() {
    std::string all;
    for (std::string more = read_some(); !more.empty(); more = read_some())
      all += more;
    return all;
  }
  // All until what was read contains `text` or the connection ends.
  std::string read_until(std::string_view text) {
    std::string all;
    while (all.find(text) == std::string::npos) {
      std::string more = read_some();
      if (more.empty()) break;
      all += more;
    }
    return all;
  }

 private:
  void connect_to(const void* address, socklen_t size) {
    int status = connect(number(), static_cast<const sockaddr*>(address), size);
    THEATER_CHECK(status == 0, "connecting: {}", std::strerror(errno));
  }

  Descriptor socket_;
};

}  // namespace theater
