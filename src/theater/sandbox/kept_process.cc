#include "theater/sandbox/kept_process.h"

#include "theater/sandbox/keeper_inbox.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace theater {

KeptProcess::KeptProcess(std::shared_ptr<KeeperInbox> inbox, uint64_t number, bool takes_input)
    : inbox_(std::move(inbox)), number_(number) {
  state_.with([&](State& state) { state.is_input_closed = !takes_input; });
}

bool KeptProcess::mark_changed(State& state) {
  return !std::exchange(state.is_changed, true);
}

void KeptProcess::tell(bool is_new) {
  if (is_new) inbox_->add_changed(shared_from_this());
}

// The kernel does not reuse the number before the keeper collects the exit code, which it does with
// the same lock.
Result<void> KeptProcess::signal(int number) {
  return state_.with([&](const State& state) -> Result<void> {
    if (state.process == nullptr) return fail(ErrorCode::kNotFound, "the program has ended");
    const CommandProcess& process_of_it = *state.process;
    int process =
        (process_of_it.program.open() ? process_of_it.program : process_of_it.process).number();
    if (::syscall(SYS_pidfd_send_signal, process, number, nullptr, 0) == 0) return {};
    if (errno == ESRCH) return fail(ErrorCode::kNotFound, "the program has ended");
    return fail(ErrorCode::kIo, "the signal {} cannot be sent: {}", number, std::strerror(errno));
  });
}

bool KeptProcess::kill() {
  return state_.with([](State& state) {
    state.is_killed = true;
    if (state.process != nullptr) kill_group(*state.process);
    return !state.has_ended;
  });
}

std::optional<size_t> KeptProcess::reserve_input(size_t size) {
  return state_.with([&](State& state) -> std::optional<size_t> {
    if (state.is_input_closed || state.has_ended) return std::nullopt;
    size_t taken = std::min(size, kInputMax - state.input_reserved);
    state.input_reserved += taken;
    return taken;
  });
}

void KeptProcess::put_input(ByteView bytes) {
  tell(state_.with([&](State& state) {
    if (state.has_ended) return false;
    state.input.insert(state.input.end(), bytes.begin(), bytes.end());
    return mark_changed(state);
  }));
}

void KeptProcess::drop_input(size_t size) {
  state_.with([&](State& state) { state.input_reserved -= std::min(size, state.input_reserved); });
}

void KeptProcess::stop_input() {
  state_.with([](State& state) { state.is_input_closed = true; });
}

void KeptProcess::close_input() {
  tell(state_.with([](State& state) {
    state.is_input_closed = true;
    state.is_input_closing = true;
    return mark_changed(state);
  }));
}

void KeptProcess::resume(OutputStream which) {
  tell(state_.with([&](State& state) {
    state.is_resumed[static_cast<size_t>(which)] = true;
    return mark_changed(state);
  }));
}

bool KeptProcess::is_killed() const {
  return state_.with([](const State& state) { return state.is_killed; });
}

// False if the process was killed meanwhile.
bool KeptProcess::begin(const CommandProcess& process) {
  return state_.with([&](State& state) {
    state.process = &process;
    if (state.is_killed) kill_group(process);
    return !state.is_killed;
  });
}

void KeptProcess::signal_all(int signal) {
  state_.with([&](const State& state) {
    if (state.process != nullptr) signal_group(*state.process, signal);
  });
}

int32_t KeptProcess::collect() {
  return state_.with([](State& state) {
    const CommandProcess& process = *std::exchange(state.process, nullptr);
    kill_group(process);
    state.has_ended = true;
    state.input = {};
    return collect_exit_code(process);
  });
}

// For one that never started.
void KeptProcess::end() {
  state_.with([](State& state) { state.has_ended = true; });
}

KeptProcess::InputStep KeptProcess::write_input(int to) {
  return state_.with([&](State& state) {
    if (state.input.empty()) {
      return state.is_input_closing ? InputStep::kClose : InputStep::kNothing;
    }
    ssize_t written = ::write(to, state.input.data(), state.input.size());
    if (written < 0 && (errno == EAGAIN || errno == EINTR)) return InputStep::kWaitForRoom;
    if (written < 0) {  // The process has closed its stdin.
      state.is_input_closed = true;
      state.input = {};
      return InputStep::kClose;
    }
    state.input.erase(state.input.begin(), state.input.begin() + written);
    state.input_reserved -= static_cast<size_t>(written);
    if (!state.input.empty()) return InputStep::kWaitForRoom;
    return state.is_input_closing ? InputStep::kClose : InputStep::kNothing;
  });
}

std::array<bool, 2> KeptProcess::take_changes() {
  return state_.with([](State& state) {
    state.is_changed = false;
    return std::exchange(state.is_resumed, {});
  });
}

}  // namespace theater
