#include "theater/net/io_loop.h"

#include "theater/base/check.h"
#include "theater/base/thread_name.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <utility>

namespace theater {

namespace asio = boost::asio;

IoLoop::IoLoop(const std::string& name) : context_(std::make_unique<asio::io_context>()) {
  thread_ = std::thread([this, name, work = asio::make_work_guard(*context_)] {
    name_this_thread(name);
    context_->run();
  });
}

IoLoop::~IoLoop() {
  THEATER_CHECK(!is_current(), "a loop cannot be destroyed by its own thread");
  context_->stop();
  thread_.join();
}

void IoLoop::post(std::function<void()> work) {
  asio::post(*context_, std::move(work));
}

void IoLoop::run(const std::function<void()>& work) {
  THEATER_CHECK(!is_current(), "the loop thread cannot wait for itself");
  std::promise<void> done;
  post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

bool IoLoop::is_current() const {
  return std::this_thread::get_id() == thread_.get_id();
}

}  // namespace theater
