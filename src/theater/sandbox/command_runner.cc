#include "theater/sandbox/command_runner.h"

#include "theater/base/open_files.h"
#include "theater/base/thread_name.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace theater {

namespace {

using Time = std::chrono::steady_clock;

// One of a program's two outputs.
struct Output {
  const char* name;
  std::string text = {};
  bool over = false;
};

}  // namespace

struct CommandRunner::Running {
  CommandProcess process;
  CommandLimits limits;
  Time::time_point deadline;
  std::shared_ptr<const std::atomic<bool>> cancelled;
  Done done;
  Output out{"stdout"};
  Output err{"stderr"};
  std::optional<Error> ended_for;  // The reason for which the runner ended it.

  void end(ErrorCode code, std::string why) {
    if (ended_for) return;
    ended_for.emplace(code, std::move(why));
    kill_group(process);
  }

  // Reads all available bytes.
  void read(const Descriptor& from, Output& output) {
    std::array<char, 16384> part;
    while (!output.over) {
      ssize_t got = ::read(from.number(), part.data(), part.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      output.over = got <= 0;
      if (got <= 0 || ended_for) continue;
      if (output.text.size() + static_cast<size_t>(got) > limits.output_max) {
        end(ErrorCode::kResourceExhausted,
            fmt::format("the command was ended: it printed more than {} bytes on {}",
                        limits.output_max, output.name));
      } else {
        output.text.append(part.data(), static_cast<size_t>(got));
      }
    }
  }

  // Answers a waiting call. One at a time, so that no command keeps the thread for itself.
  void answer_request() {
    if (!process.requests.open()) return;
    pollfd waiting{process.requests.number(), POLLIN, 0};
    if (::poll(&waiting, 1, 0) <= 0) return;
    if ((waiting.revents & POLLIN) != 0) {
      answer_path_request(process.requests, process.path_rights);
    } else {
      process.requests.reset();  // All processes that could call are gone.
    }
  }

  // Reports the end of a command whose program has ended. All its descriptors are closed before.
  void finish() {
    // The kernel does not reuse the number of the group before the exit code is collected.
    kill_group(process);
    int32_t exit_code = collect_exit_code(process);
    read(process.out, out);
    read(process.err, err);
    process = {};
    if (ended_for) return done(Failure(*std::move(ended_for)));
    done(CommandOutput{std::move(out.text), std::move(err.text), exit_code});
  }
};

CommandRunner::CommandRunner() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

CommandRunner::~CommandRunner() {
  std::thread thread = shared_.with([](Shared& shared) {
    shared.stopping = true;
    return std::move(shared.thread);
  });
  look_again();
  if (thread.joinable()) thread.join();
}

void CommandRunner::look_again() {
  uint64_t one = 1;
  // Fails only if the count is full; the thread then wakes up in any case.
  (void)!::write(wake_.number(), &one, sizeof one);
}

Result<void> CommandRunner::run(const CommandStart& start, const CommandSandbox& wall,
                                const CommandLimits& limits,
                                std::shared_ptr<const std::atomic<bool>> cancelled, Done done) {
  if (!wake_.open()) {
    return fail(ErrorCode::kResourceExhausted,
                "commands cannot be run: the system has no eventfd left");
  }
  THEATER_TRY_VOID(check_file_room(FileHolder::kGuest));
  if (count_.fetch_add(1) >= kRunningMax) {
    count_.fetch_sub(1);
    return fail(ErrorCode::kResourceExhausted,
                "{} commands run on this node already; try again when one has ended", kRunningMax);
  }
  Result<CommandProcess> process = start_process(start, wall);
  if (!process) {
    count_.fetch_sub(1);
    return Failure(std::move(process).error());
  }
  auto running = std::make_unique<Running>();
  running->process = *std::move(process);
  running->limits = limits;
  running->deadline = Time::now() + limits.time_max;
  running->cancelled = std::move(cancelled);
  running->done = std::move(done);
  shared_.with([&](Shared& shared) {
    shared.begun.push_back(std::move(running));
    if (!shared.thread.joinable()) shared.thread = std::thread([this] { work(); });
  });
  look_again();
  return {};
}

void CommandRunner::work() {
  name_this_thread("commands");
  bool stopping = false;
  while (!stopping || !running_.empty()) {
    wait_for_something();
    stopping = take_begun();
    for (const auto& running : running_) {
      if (stopping || *running->cancelled) {
        running->end(ErrorCode::kCancelled, "the command was ended with its actor");
      }
      look_after(*running);
    }
    std::erase_if(running_, [](const auto& running) { return !running->done; });
  }
}

// Takes the newly started commands; returns whether the runner stops.
bool CommandRunner::take_begun() {
  return shared_.with([&](Shared& shared) {
    for (auto& begun : shared.begun)
      running_.push_back(std::move(begun));
    shared.begun.clear();
    return shared.stopping;
  });
}

void CommandRunner::wait_for_something() {
  std::vector<pollfd> watched{{wake_.number(), POLLIN, 0}};
  std::optional<Time::time_point> next;
  for (const auto& running : running_) {
    watched.push_back({running->process.process.number(), POLLIN, 0});
    if (running->process.requests.open()) {
      watched.push_back({running->process.requests.number(), POLLIN, 0});
    }
    if (!running->out.over) watched.push_back({running->process.out.number(), POLLIN, 0});
    if (!running->err.over) watched.push_back({running->process.err.number(), POLLIN, 0});
    if (!running->ended_for && (!next || running->deadline < *next)) next = running->deadline;
  }
  int timeout_ms = -1;
  if (next) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Time::now()).count();
    timeout_ms = static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
  }
  (void)::poll(watched.data(), watched.size(), timeout_ms);
  uint64_t count = 0;
  (void)!::read(wake_.number(), &count, sizeof count);
}

void CommandRunner::look_after(Running& running) {
  running.answer_request();
  running.read(running.process.out, running.out);
  running.read(running.process.err, running.err);
  if (Time::now() >= running.deadline) {
    running.end(ErrorCode::kDeadlineExceeded,
                fmt::format("the command was ended: it took more than {} ms",
                            running.limits.time_max.count()));
  }
  pollfd ended{running.process.process.number(), POLLIN, 0};
  if (::poll(&ended, 1, 0) <= 0) return;
  // The receiver of its end may run the next command at once.
  count_.fetch_sub(1);
  running.finish();
  running.done = nullptr;
}

}  // namespace theater
