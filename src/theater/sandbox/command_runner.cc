#include "theater/sandbox/command_runner.h"

#include <array>
#include <optional>
#include <utility>

namespace theater {

namespace {

constexpr std::string_view kEndedWithActor = "the command was ended with its actor";

}  // namespace

// One command, on the keeper's thread but for end(), attach() and is_cancelled().
class CommandRunner::Running final : public ProcessListener,
                                     public std::enable_shared_from_this<Running> {
 public:
  Running(std::shared_ptr<All> all, const CommandLimits& limits,
          std::shared_ptr<const std::atomic<bool>> cancelled, Done done)
      : all_(std::move(all)),
        limits_(limits),
        cancelled_(std::move(cancelled)),
        done_(std::move(done)) {}

  bool is_cancelled() const { return *cancelled_; }

  void attach(std::shared_ptr<KeptProcess> process) {
    bool is_late = state_.with([&](State& state) {
      state.process = process;
      return state.ended_for.has_value();
    });
    if (is_late) process->kill();
  }

  // Kills the command, for the reason that is given first.
  void end(ErrorCode code, std::string why) {
    std::shared_ptr<KeptProcess> process = state_.with([&](State& state) {
      if (!state.ended_for) state.ended_for.emplace(code, std::move(why));
      return state.process;
    });
    if (process != nullptr) process->kill();
  }

  void started(const Result<void>& result) override {
    if (!result) finish(Failure(result.error()));
  }
  size_t room(OutputStream) override { return limits_.output_max + 1; }
  void output(OutputStream which, ByteView bytes) override {
    std::string& text = texts_[static_cast<size_t>(which)];
    if (text.size() + bytes.size() <= limits_.output_max) {
      text.append(bytes.begin(), bytes.end());
    } else {
      end(ErrorCode::kResourceExhausted,
          fmt::format("the command was ended: it printed more than {} bytes on {}",
                      limits_.output_max, which == OutputStream::kOut ? "stdout" : "stderr"));
    }
  }
  void timed_out() override {
    end(ErrorCode::kDeadlineExceeded,
        fmt::format("the command was ended: it took more than {} ms", limits_.time_max.count()));
  }
  void exited(int32_t exit_code) override { exit_code_ = exit_code; }
  void over() override {
    finish(CommandOutput{std::move(texts_[0]), std::move(texts_[1]), exit_code_});
  }

 private:
  struct State {
    std::shared_ptr<KeptProcess> process;
    std::optional<Error> ended_for;
  };

  void finish(Result<CommandOutput> output) {
    auto self = shared_from_this();
    std::optional<Error> ended_for = state_.with([](State& state) {
      state.process = nullptr;
      return state.ended_for;
    });
    // The receiver of its end may run the next command at once.
    all_->count.fetch_sub(1);
    if (ended_for) output = Failure(*std::move(ended_for));
    std::exchange(done_, nullptr)(std::move(output));
    all_->running.with([&](auto& running) { std::erase(running, self); });
    all_->running.notify_all();
  }

  const std::shared_ptr<All> all_;
  const CommandLimits limits_;
  const std::shared_ptr<const std::atomic<bool>> cancelled_;
  Done done_;
  std::array<std::string, 2> texts_;
  int32_t exit_code_ = 0;
  Guarded<State> state_;
};

CommandRunner::CommandRunner(std::shared_ptr<ProcessKeeper> keeper) : keeper_(std::move(keeper)) {}

CommandRunner::~CommandRunner() {
  auto running = all_->running.with([](const auto& all) { return all; });
  for (const auto& one : running)
    one->end(ErrorCode::kCancelled, std::string(kEndedWithActor));
  all_->running.wait([](const auto& all) { return all.empty(); }, [](const auto&) {});
}

void CommandRunner::look_again() {
  auto running = all_->running.with([](const auto& all) { return all; });
  for (const auto& one : running) {
    if (one->is_cancelled()) one->end(ErrorCode::kCancelled, std::string(kEndedWithActor));
  }
}

Result<void> CommandRunner::run(CommandStart start, CommandSandbox wall,
                                const CommandLimits& limits,
                                std::shared_ptr<const std::atomic<bool>> cancelled, Done done) {
  if (all_->count.fetch_add(1) >= kRunningMax) {
    all_->count.fetch_sub(1);
    return fail(ErrorCode::kResourceExhausted,
                "{} commands run on this node already; try again when one has ended", kRunningMax);
  }
  auto running = std::make_shared<Running>(all_, limits, std::move(cancelled), std::move(done));
  all_->running.with([&](auto& all) { all.push_back(running); });
  auto process = keeper_->start({std::move(start), std::move(wall), limits.time_max}, running);
  if (process) {
    running->attach(*std::move(process));
    if (running->is_cancelled()) look_again();
    return {};
  }
  all_->count.fetch_sub(1);
  all_->running.with([&](auto& all) { std::erase(all, running); });
  return Failure(std::move(process).error());
}

}  // namespace theater
