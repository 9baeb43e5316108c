#include "theater/cli/terminal/signals.h"

#include "theater/base/check.h"
#include "theater/base/thread_name.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <thread>
#include <utility>

namespace theater::cli {

struct StopSignals::State {
  std::function<void(int)> on_signal;
  sigset_t before{};
  int signals = -1;  // Readable when a signal came.
  int leave = -1;    // Readable when the thread is to end.
  std::thread thread;

  void run() const {
    name_this_thread("signals");
    int count = 0;
    std::array<pollfd, 2> files = {pollfd{signals, POLLIN, 0}, pollfd{leave, POLLIN, 0}};
    while (true) {
      if (::poll(files.data(), files.size(), -1) < 0) {
        THEATER_CHECK(errno == EINTR, "poll: errno {}", errno);
        continue;
      }
      if (files[1].revents != 0) return;
      signalfd_siginfo info;
      if (::read(signals, &info, sizeof info) == sizeof info) on_signal(++count);
    }
  }
};

StopSignals::StopSignals(std::function<void(int)> on_signal) : state_(std::make_unique<State>()) {
  state_->on_signal = std::move(on_signal);
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  THEATER_CHECK(::pthread_sigmask(SIG_BLOCK, &stop, &state_->before) == 0);
  state_->signals = ::signalfd(-1, &stop, SFD_CLOEXEC);
  state_->leave = ::eventfd(0, EFD_CLOEXEC);
  THEATER_CHECK(state_->signals >= 0 && state_->leave >= 0, "errno {}", errno);
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

StopSignals::~StopSignals() {
  uint64_t one = 1;
  THEATER_CHECK(::write(state_->leave, &one, sizeof one) == sizeof one);
  state_->thread.join();
  ::close(state_->signals);
  ::close(state_->leave);
  ::pthread_sigmask(SIG_SETMASK, &state_->before, nullptr);
}

}  // namespace theater::cli
