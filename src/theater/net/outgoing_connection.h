// A connection to a host, made on a loop: to the first of its addresses that takes one.
//
// The addresses are those that the caller has looked up and checked. No name is looked up here, so
// nothing but a checked address is ever connected to.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"
#include "theater/net/address.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace theater {

// Belongs to the loop thread. Its end gives the attempt up, and calls nothing.
class OutgoingConnection {
 public:
  // A socket that does not block. Fails with kUnavailable (no address takes the connection),
  // kDeadlineExceeded (the last one did not answer), or kResourceExhausted (there is no socket, or
  // guests have all the files open that they may).
  using Then = std::function<void(Result<Descriptor>)>;

  // Calls `then` once, later. Each address has an equal part of what is left of `time`.
  OutgoingConnection(boost::asio::io_context& context, std::vector<IpAddress> addresses,
                     uint16_t port, std::chrono::milliseconds time, Then then);
  ~OutgoingConnection();
  OutgoingConnection(const OutgoingConnection&) = delete;
  OutgoingConnection& operator=(const OutgoingConnection&) = delete;

 private:
  struct State;
  // Shared with the operations of the loop, which may end after the object.
  const std::shared_ptr<State> state_;
};

}  // namespace theater
