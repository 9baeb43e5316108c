#include "theater/net/acceptor.h"

#include "theater/base/log.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

namespace theater {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Connections taken at one look, so that those that exist get their turn.
constexpr int kTakenAtOnceMax = 32;
// How long an acceptor looks away that could not take a connection.
constexpr std::chrono::milliseconds kPause{100};

Descriptor make_reserve() {
  return Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

Descriptor take_one(int listening, sockaddr_storage& peer, socklen_t& size) {
  size = sizeof peer;
  return Descriptor(
      accept4(listening, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

}  // namespace

struct Acceptor::State {
  State(asio::io_context& context, ListeningSocket listening_socket, Accept accept_one,
        Refuse refuse_one)
      : socket(std::move(listening_socket)),
        // Waits for the socket and does not own it.
        watch(context, socket->number()),
        pause(context),
        accept(std::move(accept_one)),
        refuse(std::move(refuse_one)),
        reserve(make_reserve()) {}

  std::optional<ListeningSocket> socket;
  asio::posix::stream_descriptor watch;
  asio::steady_timer pause;
  const Accept accept;
  const Refuse refuse;
  Descriptor reserve;
  int under_way = 0;
  bool is_stopped = false;
};

Acceptor::Acceptor(asio::io_context& context, ListeningSocket socket, Accept accept, Refuse refuse)
    : state_(std::make_unique<State>(context, std::move(socket), std::move(accept),
                                     std::move(refuse))) {}

Acceptor::~Acceptor() {
  if (state_->watch.is_open()) state_->watch.release();
}

void Acceptor::start() {
  wait();
}

void Acceptor::wait() {
  if (state_->is_stopped) return;
  ++state_->under_way;
  state_->watch.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
    --state_->under_way;
    if (!error) take_waiting();
  });
}

void Acceptor::take_waiting() {
  sockaddr_storage peer{};
  socklen_t size = 0;
  for (int taken = 0; taken < kTakenAtOnceMax && !state_->is_stopped; ++taken) {
    Descriptor socket = take_one(state_->socket->number(), peer, size);
    if (socket.open()) {
      state_->accept(std::move(socket), SocketAddress(peer, size));
      continue;
    }
    int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) break;
    // The client has gone already, or the network refused it: look at the next.
    bool is_out_of_room = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
    if (!is_out_of_room) continue;
    log_line(LogLevel::kWarn, {.part = "net"}, "connections to {} are refused: {}",
             state_->socket->name(), std::strerror(error));
    return refuse_waiting();
  }
  wait();
}

void Acceptor::refuse_waiting() {
  state_->reserve.reset();
  sockaddr_storage peer{};
  socklen_t size = 0;
  for (int taken = 0; taken < kTakenAtOnceMax; ++taken) {
    Descriptor socket = take_one(state_->socket->number(), peer, size);
    if (!socket.open()) break;
    state_->refuse(socket.number());
  }
  state_->reserve = make_reserve();
  ++state_->under_way;
  state_->pause.expires_after(kPause);
  state_->pause.async_wait([this](error_code) {
    --state_->under_way;
    wait();
  });
}

void Acceptor::stop() {
  if (std::exchange(state_->is_stopped, true)) return;
  state_->pause.cancel();
  // Takes it out of the loop; the socket itself closes with its owner.
  state_->watch.release();
  state_->socket.reset();
  state_->reserve.reset();
}

bool Acceptor::is_settled() const {
  return state_->is_stopped && state_->under_way == 0;
}

}  // namespace theater
