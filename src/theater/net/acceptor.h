// Takes the connections that wait at a listening socket.
//
// A process that has no descriptor left cannot even refuse a connection: it stays in the kernel's
// queue and reports itself again at once, in an endless loop. So the acceptor keeps one descriptor
// in reserve. It gives the reserve up for a moment to take a waiting connection and close it, and
// then looks away for a while.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/net/listening_socket.h"
#include "theater/net/socket_address.h"

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace theater {

// Belongs to the loop thread, except that the constructor may run on any thread.
class Acceptor {
 public:
  // Called with each connection, not blocking and closed on exec.
  using Accept = std::function<void(Descriptor socket, const SocketAddress& peer)>;
  // Called with a connection that is closed right afterwards, for lack of descriptors.
  using Refuse = std::function<void(int socket)>;

  Acceptor(boost::asio::io_context& context, ListeningSocket socket, Accept accept, Refuse refuse);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  void start();
  // Closes the listening socket; what waits in its queue is reset. The acceptor may be destroyed
  // when is_settled().
  void stop();
  bool is_settled() const;

 private:
  struct State;
  void wait();
  void take_waiting();
  void refuse_waiting();

  const std::unique_ptr<State> state_;
};

}  // namespace theater
