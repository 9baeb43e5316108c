#include "theater/net/outgoing_connection.h"

#include "theater/base/open_files.h"
#include "theater/net/socket_address.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace theater {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Zero if the connection is there, else the error of the system.
int error_of_socket(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

struct OutgoingConnection::State : std::enable_shared_from_this<OutgoingConnection::State> {
  State(asio::io_context& loop, std::vector<IpAddress> all, uint16_t to,
        std::chrono::milliseconds time, Then told)
      : context(loop),
        addresses(std::move(all)),
        port(to),
        end(std::chrono::steady_clock::now() + time),
        timer(loop),
        then(std::move(told)) {}
  ~State() { give_up_attempt(); }

  void try_next() {
    while (next < addresses.size()) {
      auto address = SocketAddress::tcp(addresses[next++].to_string(), port);
      if (!address) continue;
      socket = Descriptor(
          ::socket(address->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
      // Without IPv6, say, another address of the host may do.
      if (!socket.open() && errno == EAFNOSUPPORT) continue;
      if (!socket.open() || !has_file_room(socket.number(), FileHolder::kGuest)) {
        return tell(
            fail(ErrorCode::kResourceExhausted, "the node has no socket left for the connection"));
      }
      if (connect(socket.number(), address->get(), address->size()) == 0)
        return tell(std::move(socket));
      if (errno == EINPROGRESS) return wait();
      error = errno;
    }
    bool is_late = error == ETIMEDOUT;
    tell(fail(is_late ? ErrorCode::kDeadlineExceeded : ErrorCode::kUnavailable, "{}",
              std::strerror(error)));
  }

  void wait() {
    uint64_t attempt = ++attempts;
    watch.emplace(context, socket.number());
    watch->async_wait(asio::posix::stream_descriptor::wait_write,
                      [self = shared_from_this(), attempt](error_code) {
                        if (attempt == self->attempts) self->look();
                      });
    auto left = end - std::chrono::steady_clock::now();
    timer.expires_after(left / static_cast<int64_t>(addresses.size() - next + 1));
    timer.async_wait([self = shared_from_this(), attempt](error_code) {
      if (attempt != self->attempts) return;
      self->error = ETIMEDOUT;
      self->give_up_attempt();
      self->try_next();
    });
  }

  void look() {
    error = error_of_socket(socket.number());
    Descriptor connected = std::move(socket);
    give_up_attempt();
    if (error == 0) return tell(std::move(connected));
    connected.reset();
    try_next();
  }

  // What the loop still has of the attempt means nothing any more.
  void give_up_attempt() {
    ++attempts;
    timer.cancel();
    // Takes it out of the loop; the socket has an owner.
    if (watch) watch->release();
    watch.reset();
    socket.reset();
  }

  void tell(Result<Descriptor> result) {
    if (Then told = std::exchange(then, nullptr)) told(std::move(result));
  }

  asio::io_context& context;
  const std::vector<IpAddress> addresses;
  const uint16_t port;
  const std::chrono::steady_clock::time_point end;
  size_t next = 0;
  int error = ENETUNREACH;
  uint64_t attempts = 0;
  Descriptor socket;
  std::optional<asio::posix::stream_descriptor> watch;  // Waits for the socket and does not own it.
  asio::steady_timer timer;
  Then then;
};

OutgoingConnection::OutgoingConnection(asio::io_context& context, std::vector<IpAddress> addresses,
                                       uint16_t port, std::chrono::milliseconds time, Then then)
    : state_(std::make_shared<State>(context, std::move(addresses), port, time, std::move(then))) {
  asio::post(context, [state = state_] {
    if (state->then) state->try_next();
  });
}

OutgoingConnection::~OutgoingConnection() {
  state_->then = nullptr;
  state_->give_up_attempt();
}

}  // namespace theater
