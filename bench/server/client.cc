#include "client.h"

#include "theater/base/check.h"

#include <fmt/format.h>

#include <sys/socket.h>

#include <cerrno>

namespace theater::bench {

std::string request_text(const Entrance& entrance, std::string_view method, std::string_view target,
                         std::string_view body, std::string_view headers) {
  std::string token;
  if (!entrance.token.empty()) token = fmt::format("Authorization: Bearer {}\r\n", entrance.token);
  std::string length;
  if (!body.empty()) length = fmt::format("Content-Length: {}\r\n", body.size());
  return fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}{}{}\r\n{}", method, target, token,
                     headers, length, body);
}

std::string_view Client::ask(std::string_view request) {
  while (!request.empty()) {
    ssize_t count = ::send(socket_.number(), request.data(), request.size(), MSG_NOSIGNAL);
    THEATER_CHECK(count > 0, "send: errno {}", errno);
    request.remove_prefix(static_cast<size_t>(count));
  }
  while (!reader_.next()) {
    auto room = reader_.room();
    ssize_t count = ::recv(socket_.number(), room.data(), room.size(), 0);
    THEATER_CHECK(count > 0, "the server closed the connection: errno {}", errno);
    reader_.arrived(static_cast<size_t>(count));
  }
  THEATER_CHECK(reader_.status() < 300, "the server refuses a request: {} {}", reader_.status(),
                reader_.body());
  return reader_.body();
}

}  // namespace theater::bench
