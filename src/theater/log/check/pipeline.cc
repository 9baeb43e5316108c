#include "theater/log/check/pipeline.h"

#include "theater/base/guarded.h"
#include "theater/log/check/prepare.h"

#include <chrono>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

namespace theater::log::check {

namespace {

// For each thread: one that it works on, and some more so that no thread waits for the order.
constexpr size_t kChunksPerThread = 4;
// Starting a thread costs as much as checking some hundred events.
constexpr uint64_t kBytesForThreads = uint64_t{1} << 20;

struct Work {
  Chunk chunk;
  bool is_taken = false;  // To be prepared.
  bool is_prepared = false;
};

enum class Job : uint8_t { kNone, kLayout, kPrepare, kTree, kChains };

struct Task {
  Job job = Job::kNone;
  Work* work = nullptr;
};

// The open work in the order of the log, and the position of each stage that takes it in order.
struct State {
  std::deque<std::unique_ptr<Work>> open;
  std::unique_ptr<Work> laid_out;  // By the layout stage, at this moment.
  std::vector<std::unique_ptr<Work>> spare;
  size_t in_tree = 0;  // How many of `open`, from the front, are done.
  size_t in_chains = 0;
  size_t unprepared = 0;
  bool layout_busy = false;
  bool layout_done = false;
  bool tree_busy = false;
  bool chains_busy = false;
  uint64_t bytes_read = 0;
};

class Pipeline {
 public:
  Pipeline(const Stages& stages, unsigned threads)
      : stages_(stages),
        threads_(threads),
        chunks_max_(threads * kChunksPerThread),
        eager_(threads + 1) {}

  // Works until all is done, and lets other threads work when there is enough for them.
  void work(const std::function<void(uint64_t)>& progress) {
    std::vector<std::jthread> others;
    work_until_done([&](uint64_t bytes) {
      bool is_large = bytes >= kBytesForThreads || stages_.bodies.taken() >= kBytesForThreads;
      while (is_large && others.size() + 1 < threads_)
        others.emplace_back([this] { work_until_done({}); });
      if (progress) progress(bytes);
    });
  }

 private:
  // Calls `worked` after each task, with the bytes read.
  void work_until_done(const std::function<void(uint64_t)>& worked) {
    BodyBench bench(stages_.bodies);
    for (;;) {
      Task task;
      uint64_t bytes = 0;
      bool done = false;
      state_.wait(
          [&](State& state) {
            task = next(state);
            done = state.layout_done && state.open.empty();
            return task.job != Job::kNone || done;
          },
          [&](State& state) {
            take(state, task);
            bytes = state.bytes_read;
          });
      if (done) return;
      run(task, bench);
      if (worked) worked(bytes);
    }
  }

  // What is most due: the stages that everything goes through come first.
  Task next(State& state) const {
    if (!state.chains_busy && state.in_chains < state.open.size()) {
      Work& work = *state.open[state.in_chains];
      if (work.is_prepared) return {Job::kChains, &work};
    }
    if (!state.tree_busy && state.in_tree < state.open.size()) {
      Work& work = *state.open[state.in_tree];
      if (work.is_prepared) return {Job::kTree, &work};
    }
    bool may_lay_out = !state.layout_busy && !state.layout_done &&
                       state.open.size() < chunks_max_ && !stages_.layout.must_wait();
    if (may_lay_out && state.unprepared < eager_) return {Job::kLayout, nullptr};
    if (state.unprepared > 0) {
      for (const auto& work : state.open)
        if (!work->is_taken) return {Job::kPrepare, work.get()};
    }
    if (may_lay_out) return {Job::kLayout, nullptr};
    return {};
  }

  static void take(State& state, Task& task) {
    switch (task.job) {
      case Job::kLayout:
        state.layout_busy = true;
        if (state.spare.empty()) state.spare.push_back(std::make_unique<Work>());
        state.laid_out = std::move(state.spare.back());
        state.spare.pop_back();
        task.work = state.laid_out.get();
        break;
      case Job::kPrepare:
        task.work->is_taken = true;
        --state.unprepared;
        break;
      case Job::kTree:
        state.tree_busy = true;
        break;
      case Job::kChains:
        state.chains_busy = true;
        break;
      case Job::kNone:
        break;
    }
  }

  void run(const Task& task, BodyBench& bench) {
    switch (task.job) {
      case Job::kLayout: {
        bool is_more = stages_.layout.fill(task.work->chunk);
        state_.with([&](State& state) { end_layout(state, is_more); });
        break;
      }
      case Job::kPrepare:
        prepare(task.work->chunk, bench);
        state_.with([&](State&) { task.work->is_prepared = true; });
        break;
      case Job::kTree:
        stages_.tree.run(task.work->chunk);
        state_.with([&](State& state) {
          ++state.in_tree;
          state.tree_busy = false;
          retire(state);
        });
        break;
      case Job::kChains:
        stages_.chains.run(task.work->chunk);
        state_.with([&](State& state) {
          ++state.in_chains;
          state.chains_busy = false;
          retire(state);
        });
        break;
      case Job::kNone:
        return;
    }
    state_.notify_all();
  }

  void end_layout(State& state, bool is_more) const {
    state.layout_busy = false;
    state.bytes_read = stages_.layout.bytes_read();
    if (is_more) {
      state.open.push_back(std::move(state.laid_out));
      ++state.unprepared;
    } else {
      state.layout_done = true;
    }
  }

  static void retire(State& state) {
    for (; state.in_tree > 0 && state.in_chains > 0; --state.in_tree, --state.in_chains) {
      std::unique_ptr<Work> work = std::move(state.open.front());
      state.open.pop_front();
      work->chunk.clear();
      work->is_taken = false;
      work->is_prepared = false;
      state.spare.push_back(std::move(work));
    }
  }

  Stages stages_;
  unsigned threads_;
  size_t chunks_max_;
  size_t eager_;
  Guarded<State> state_;
};

}  // namespace

void run_stages(const Stages& stages, unsigned threads,
                const std::function<void(uint64_t)>& progress) {
  Pipeline(stages, threads).work(progress);
}

}  // namespace theater::log::check
