// nghttpd as a process: a server that speaks HTTP/2, of the package nghttp2-server.
#pragma once

#include "theater/base/check.h"
#include "theater/base/descriptor.h"
#include "theater/net/testing/odd_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace theater {

// Serves the files of a folder, and sends back what is posted.
class Http2Server {
 public:
  // Null if the program is not installed.
  static std::unique_ptr<Http2Server> start(const OddServer& certificates,
                                            const std::filesystem::path& folder) {
    const char* program = "/usr/sbin/nghttpd";
    if (::access(program, X_OK) != 0) return nullptr;
    // A free port may be taken by another program before this one has it.
    constexpr int kTries = 10;
    for (int tries = 0; tries < kTries; ++tries) {
      auto made = std::unique_ptr<Http2Server>(
          new Http2Server(program, certificates, folder));  // tidy: owned by the unique_ptr
      if (made->answers()) return made;
    }
    THEATER_CHECK(false, "nghttpd does not start");
    return nullptr;
  }
  ~Http2Server() {
    kill(process_, SIGKILL);
    int status = 0;
    waitpid(process_, &status, 0);
  }
  Http2Server(const Http2Server&) = delete;
  Http2Server& operator=(const Http2Server&) = delete;

  std::string url(const std::string& target) const {
    return "https://localhost:" + std::to_string(port_) + target;
  }

 private:
  Http2Server(const char* program, const OddServer& certificates,
              const std::filesystem::path& folder)
      : port_(free_port()) {
    std::string port = std::to_string(port_);
    std::string key = certificates.file("https.key");
    std::string certificate = certificates.file("https.pem");
    process_ = fork();
    if (process_ == 0) {
      execl(program, program, "--address=127.0.0.1", "--echo-upload", "-d", folder.c_str(),
            port.c_str(), key.c_str(), certificate.c_str(), nullptr);
      _exit(127);
    }
  }

  static Descriptor socket_at(uint16_t port, sockaddr_in& address) {
    address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }
  static uint16_t free_port() {
    sockaddr_in address{};
    Descriptor socket = socket_at(0, address);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    THEATER_CHECK(bind(socket.number(), generic, size) == 0 &&
                  getsockname(socket.number(), generic, &size) == 0);
    return ntohs(address.sin_port);
  }
  // Waits until it takes connections; false if it has ended.
  bool answers() const {
    sockaddr_in address{};
    int status = 0;
    while (waitpid(process_, &status, WNOHANG) == 0) {
      Descriptor socket = socket_at(port_, address);
      if (connect(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  const uint16_t port_;
  pid_t process_ = 0;
};

}  // namespace theater
