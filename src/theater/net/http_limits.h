// How much a server takes from its clients, and how long it waits for them.
//
// Each limit has an answer of its own. After that answer the server closes the connection, because
// the rest of what the client sent has no known beginning.
#pragma once

#include <chrono>
#include <cstddef>

namespace theater {

// Value type.
struct HttpLimits {
  // The request line and the headers together; above it the answer is 431, or 414 if the request
  // line alone is larger. The server checks it while a head is on its way.
  size_t head_bytes_max = size_t{16} << 10;
  // Headers of one request; above it the answer is 431.
  size_t headers_max = 100;
  // The target of a request; above it the answer is 414.
  size_t target_bytes_max = size_t{8} << 10;
  // The body of a request, unless the server's rule for the request says otherwise; above it the
  // answer is 413.
  size_t body_bytes_max = size_t{1} << 20;

  // From the first byte of a head to its end, and for a TLS handshake; after it the answer is 408.
  std::chrono::milliseconds head_time{10'000};
  // From the end of a head to the end of its body; after it the answer is 408.
  std::chrono::milliseconds body_time{60'000};
  // Time in which the client takes nothing of what is sent to it; after it the server drops the
  // connection.
  std::chrono::milliseconds send_time{30'000};
  // Between an answer and the first byte of the next request, or before the first request; after
  // it the server closes the connection without an answer.
  std::chrono::milliseconds idle_time{60'000};

  // Connections at a time, in all and of one client: of one IPv4 address, one IPv6 network of 64
  // bits, or one user of a Unix socket; sockets of kOwner and kEveryone count apart. The server
  // answers one more with 503 and closes it.
  size_t connections_max = 1024;
  size_t connections_per_peer_max = 256;
  // Of connections_max, those that only clients of SocketUsers::kOwner may have.
  size_t connections_kept_for_owner = 0;
  // Requests of one connection that wait for their answers. The server leaves further ones unread.
  size_t pipelined_max = 16;
  // Bytes of answers that wait for one client. While there are more, the server takes no further
  // request of that client.
  size_t unsent_bytes_max = size_t{1} << 20;
  // Requests of one connection; the server closes the connection after the answer to the last one.
  size_t requests_per_connection_max = 100'000;
};

}  // namespace theater
