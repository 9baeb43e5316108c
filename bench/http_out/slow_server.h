// A server whose answers begin and do not end, and the number of this program's threads.
#pragma once

#include "theater/base/check.h"
#include "theater/base/descriptor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace theater::bench {

// Sends each client a head and a piece, and waits until all have gone.
class SlowServer {
 public:
  SlowServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    THEATER_CHECK(::bind(socket_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
                  0);
    socklen_t size = sizeof address;
    THEATER_CHECK(::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&address), &size) ==
                  0);
    port = ntohs(address.sin_port);
    THEATER_CHECK(::listen(socket_.number(), SOMAXCONN) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~SlowServer() {
    ::shutdown(socket_.number(), SHUT_RDWR);
    thread_.join();
  }

  uint16_t port = 0;

 private:
  void serve() {
    constexpr std::string_view kAnswer =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    std::vector<Descriptor> clients;
    while (true) {
      Descriptor client(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
      if (client.number() < 0) return;
      // The request fits into one packet.
      char request[4096];
      if (::read(client.number(), request, sizeof request) <= 0) continue;
      THEATER_CHECK(::write(client.number(), kAnswer.data(), kAnswer.size()) ==
                    static_cast<ssize_t>(kAnswer.size()));
      clients.push_back(std::move(client));
    }
  }

  Descriptor socket_;
  std::thread thread_;
};

inline double threads() {
  double count = 0;
  for ([[maybe_unused]] const auto& thread :
       std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

}  // namespace theater::bench
