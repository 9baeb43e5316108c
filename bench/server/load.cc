#include "load.h"

#include "theater/base/check.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "../measure.h"

namespace theater::bench {

Load::Load(const Entrance& entrance, size_t connections, std::string request)
    : request_(std::move(request)), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  THEATER_CHECK(poll_.open(), "epoll: errno {}", errno);
  for (size_t i = 0; i < connections; ++i) {
    connections_.push_back(std::make_unique<Connection>());
    Connection& made = *connections_.back();
    made.socket = entrance.connect();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &made;
    THEATER_CHECK(::epoll_ctl(poll_.number(), EPOLL_CTL_ADD, made.socket.number(), &event) == 0,
                  "epoll: errno {}", errno);
  }
}

void Load::ask(const Connection& connection) const {
  // The socket has room, since nothing else is under way.
  ssize_t count =
      ::send(connection.socket.number(), request_.data(), request_.size(), MSG_NOSIGNAL);
  THEATER_CHECK(count == static_cast<ssize_t>(request_.size()), "send: errno {}", errno);
}

bool Load::read(Connection& connection) {
  auto room = connection.reader.room();
  ssize_t count = ::recv(connection.socket.number(), room.data(), room.size(), 0);
  THEATER_CHECK(count > 0, "the server closed a connection: errno {}", errno);
  connection.reader.arrived(static_cast<size_t>(count));
  if (!connection.reader.next()) return false;
  THEATER_CHECK(connection.reader.status() < 300, "the server refuses a request: {} {}",
                connection.reader.status(), connection.reader.body());
  return true;
}

double Load::run(std::chrono::milliseconds time) {
  auto start = std::chrono::steady_clock::now();
  for (const auto& connection : connections_)
    ask(*connection);
  size_t under_way = connections_.size();
  size_t answers = 0;
  std::array<epoll_event, 64> events{};
  while (under_way > 0) {
    int count = ::epoll_wait(poll_.number(), events.data(), static_cast<int>(events.size()), -1);
    THEATER_CHECK(count >= 0 || errno == EINTR, "epoll: errno {}", errno);
    bool is_over = std::chrono::steady_clock::now() - start >= time;
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
      if (!read(connection)) continue;
      ++answers;
      if (is_over) {
        --under_way;
      } else {
        ask(connection);
      }
    }
  }
  return static_cast<double>(answers) / seconds_since(start);
}

}  // namespace theater::bench
