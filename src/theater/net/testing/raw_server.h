// A server for tests that reads and writes bytes as a script says, valid or not.
#pragma once

#include "theater/base/check.h"
#include "theater/base/descriptor.h"
#include "theater/base/guarded.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace theater {

// One connection, for the thread of its script.
class RawPeer {
 public:
  explicit RawPeer(Descriptor socket) : socket_(std::move(socket)) {}

  // Ignores that the client has closed.
  RawPeer& send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return *this;
  }
  // One piece; empty at the end of the connection.
  std::string read_some() {
    std::array<char, 65536> buffer{};
    ssize_t count = recv(socket_.number(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), count > 0 ? static_cast<size_t>(count) : 0};
  }
  // One request with its body, by its Content-Length; less at the end of the connection. Bytes
  // behind it are kept for the next.
  std::string read_request() {
    size_t end = std::string::npos;
    while ((end = rest_.find("\r\n\r\n")) == std::string::npos) {
      std::string more = read_some();
      if (more.empty()) return std::exchange(rest_, {});
      rest_ += more;
    }
    size_t size = end + 4 + length_in(rest_.substr(0, end + 2));
    while (rest_.size() < size) {
      std::string more = read_some();
      if (more.empty()) return std::exchange(rest_, {});
      rest_ += more;
    }
    std::string request = rest_.substr(0, size);
    rest_.erase(0, size);
    return request;
  }
  // Waits for the client's end of the connection.
  void read_to_end() {
    while (!read_some().empty()) {
    }
  }
  // False once the client has closed, or nothing can be sent.
  bool is_open() const {
    pollfd waiting{socket_.number(), POLLIN | POLLRDHUP, 0};
    poll(&waiting, 1, 0);
    return (waiting.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
  }
  // Waits as long as the connection is open.
  void wait(std::chrono::milliseconds time) const {
    pollfd waiting{socket_.number(), POLLRDHUP, 0};
    poll(&waiting, 1, static_cast<int>(time.count()));
  }
  void wait_for_end_without_reading() const { wait(std::chrono::hours(1)); }
  // Closes with a reset.
  void reset() {
    linger none{1, 0};
    setsockopt(socket_.number(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    socket_.reset();
  }
  int number() const { return socket_.number(); }

 private:
  static size_t length_in(const std::string& head) {
    constexpr std::string_view kName = "\r\nContent-Length: ";
    size_t at = head.find(kName);
    size_t length = 0;
    if (at != std::string::npos) {
      std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), length);
    }
    return length;
  }

  Descriptor socket_;
  std::string rest_;
};

// Listens on a free port of 127.0.0.1, and runs the script for each connection, on a thread of its
// own. Its end closes the connections and waits for the scripts.
class RawServer {
 public:
  using Script = std::function<void(RawPeer&)>;

  explicit RawServer(Script script)
      : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    THEATER_CHECK(bind(listener_.number(), generic, size) == 0 &&
                      listen(listener_.number(), 1024) == 0 &&
                      getsockname(listener_.number(), generic, &size) == 0,
                  "listening: {}", std::strerror(errno));
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~RawServer() {
    shutdown(listener_.number(), SHUT_RDWR);
    thread_.join();
    connections_.with([](auto& connections) {
      for (int number : connections)
        shutdown(number, SHUT_RDWR);
    });
    for (std::thread& one : scripts_)
      one.join();
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  uint16_t port() const { return port_; }
  // `http://127.0.0.1:port` and this target.
  std::string url(std::string_view target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
  }
  // Connections that were accepted.
  size_t connections() const {
    return accepted_.with([](size_t count) { return count; });
  }

 private:
  void accept_all() {
    while (true) {
      Descriptor socket(accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!socket.open()) return;
      accepted_.with([](size_t& count) { ++count; });
      scripts_.emplace_back([this, moved = std::move(socket)]() mutable {
        RawPeer peer(std::move(moved));
        int number = peer.number();
        connections_.with([&](auto& connections) { connections.push_back(number); });
        script_(peer);
        // Before the number may name another.
        connections_.with([&](auto& connections) { std::erase(connections, number); });
      });
    }
  }

  const Script script_;
  const Descriptor listener_;
  uint16_t port_ = 0;
  Guarded<size_t> accepted_{size_t{0}};
  Guarded<std::vector<int>> connections_;
  std::vector<std::thread> scripts_;
  std::thread thread_;
};

}  // namespace theater
