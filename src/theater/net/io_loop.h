// An event loop in a thread of its own.
//
// A server has many connections and little to do on each. One thread waits for all of them and runs
// a callback when one is ready. Only this loop thread touches the sockets, so that they need no
// locks. Another thread hands work over with post(). A callback must not block, because it holds up
// every other connection of the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace boost::asio {
class io_context;
}

namespace theater {

class IoLoop {
 public:
  // Starts the thread, which has the name.
  explicit IoLoop(const std::string& name);
  // Ends the loop after the callback that runs, drops posted work that has not run, and joins the
  // thread. Whatever uses the loop, such as a server, must be gone before. Not for the loop thread.
  ~IoLoop();
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  // Runs `work` on the loop thread, after what was posted before. Safe from any thread. The queue
  // itself has no bound: each part of this module has at most one piece of work per answer, stream
  // or connection in it, and those are bounded.
  void post(std::function<void()> work);

  // Posts `work` and waits until it has run. Not for the loop thread.
  void run(const std::function<void()>& work);

  // Whether the caller is the loop thread. Safe from any thread.
  bool is_current() const;

  // Asio's loop, for the sources of this module.
  boost::asio::io_context& context() { return *context_; }

 private:
  const std::unique_ptr<boost::asio::io_context> context_;
  std::thread thread_;
};

}  // namespace theater
