#include "subscribers.h"

#include "theater/base/check.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string_view>

#include "actors.h"

namespace theater::bench {

namespace {

// Where the name of an event begins: `chain` or `gap`.
constexpr std::string_view kNameLine = "\nevent: ";
constexpr size_t kSlowBytes = size_t{16} << 10;
constexpr auto kSlowPeriod = std::chrono::milliseconds(10);
constexpr size_t kReadBytes = size_t{64} << 10;

}  // namespace

Subscribers::Subscribers(const Entrance& entrance, const std::string& actor, size_t count,
                         Pace pace)
    : streams_(count) {
  std::string request = request_text(entrance, "GET", actor_target(actor, "events"), {},
                                     "Accept: text/event-stream\r\n");
  for (Stream& stream : streams_)
    open(stream, entrance, request);
  if (pace != Pace::kNever) thread_ = std::thread([this, pace] { read_all(pace); });
}

Subscribers::~Subscribers() {
  is_over_ = true;
  if (thread_.joinable()) thread_.join();
}

// The room of clients that have just gone may not be free yet; the server refuses the stream then.
void Subscribers::open(Stream& stream, const Entrance& entrance, const std::string& request) {
  std::string head;
  do {
    stream.socket = entrance.connect();
    ssize_t sent = ::send(stream.socket.number(), request.data(), request.size(), MSG_NOSIGNAL);
    THEATER_CHECK(sent == static_cast<ssize_t>(request.size()), "send: errno {}", errno);
    for (head.clear(); head.find("\r\n\r\n") == std::string::npos;) {
      char byte = 0;
      THEATER_CHECK(::recv(stream.socket.number(), &byte, 1, 0) == 1, "the server closed a stream");
      head += byte;
    }
  } while (head.starts_with("HTTP/1.1 429 "));
  THEATER_CHECK(head.starts_with("HTTP/1.1 200 "), "the server refuses a stream: {}", head);
}

// A server sends whole events in a chunk, so no line has the size of a chunk inside. The bytes that
// stay have no letter of a name, so no name counts twice.
void Subscribers::count(Stream& stream) {
  std::string_view text = stream.unread;
  uint64_t events = 0;
  uint64_t gaps = 0;
  for (size_t at = text.find(kNameLine); at != std::string_view::npos;
       at = text.find(kNameLine, at + 1)) {
    if (at + kNameLine.size() == text.size()) break;
    ++(text[at + kNameLine.size()] == 'g' ? gaps : events);
  }
  events_.fetch_add(events);
  gaps_.fetch_add(gaps);
  if (text.size() > kNameLine.size()) stream.unread.erase(0, text.size() - kNameLine.size());
}

void Subscribers::read_some(Stream& stream, size_t bytes_max) {
  size_t before = stream.unread.size();
  stream.unread.resize(before + bytes_max);
  ssize_t received =
      ::recv(stream.socket.number(), stream.unread.data() + before, bytes_max, MSG_DONTWAIT);
  THEATER_CHECK(received > 0 || (received < 0 && errno == EAGAIN), "the server closed a stream");
  stream.unread.resize(before + static_cast<size_t>(std::max<ssize_t>(received, 0)));
  if (received > 0) count(stream);
}

void Subscribers::read_all(Pace pace) {
  std::vector<pollfd> sockets;
  for (const Stream& stream : streams_)
    sockets.push_back({stream.socket.number(), POLLIN, 0});
  while (!is_over_) {
    if (pace == Pace::kSlow) {
      std::this_thread::sleep_for(kSlowPeriod);
      for (Stream& stream : streams_)
        read_some(stream, kSlowBytes);
      continue;
    }
    // A client that has nothing to read looks again whether it is over.
    if (::poll(sockets.data(), sockets.size(), 50) <= 0) continue;
    for (size_t i = 0; i < sockets.size(); ++i)
      if (sockets[i].revents != 0) read_some(streams_[i], kReadBytes);
  }
}

}  // namespace theater::bench
