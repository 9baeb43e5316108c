// state.64k: microseconds of a call of an actor with a state of 64 KiB, which the call changes,
// recorded in memory. state.64k.sync: the same of a `sync` actor, until all calls are on disk. Both
// with the bytes that a call leaves: in the actor's chain, and in all files of the log.
//
//   state [GUESTS [FOLDER]]    the folder of the guests; where the log is made
#include "benchmark.h"
#include "disk_stage.h"

namespace theater::bench::state_bench {

namespace {

namespace fs = std::filesystem;

constexpr size_t kStateBytes = size_t{64} << 10;
const size_t kCalls = amount(5'000, 50);

// An actor with such a state, and what its calls took.
class Keeper {
 public:
  Keeper(Runtime& runtime, const House& house) : runtime_(runtime) {
    SpawnOptions options;
    options.state = Bytes(kStateBytes, uint8_t{7});
    auto common = expect(runtime.prepare(house.request()));
    id_ = expect(runtime.spawn(std::move(common), std::move(options))).id;
  }

  // Until the actor is idle and `finish` has returned. The first run takes memory that is not warm
  // yet, and does not count.
  template <class Finish>
  void play(const Finish& finish) {
    uint64_t before = event_bytes();
    Bytes message(kMessageBytes, uint8_t{9});
    Cost cost = cost_of([&] {
      for (size_t i = 0; i < kCalls; ++i)
        expect(runtime_.send(id_, message));
      expect(runtime_.wait_idle(id_));
      finish();
    });
    event_bytes_ = static_cast<double>(event_bytes() - before) / static_cast<double>(kCalls);
    calls_ += kCalls;
    if (calls_ > kCalls) costs_.push_back(cost);
  }

  void check_state() {
    std::optional<Bytes> state = expect(runtime_.state(id_));
    THEATER_CHECK(state && state->size() == kStateBytes, "the state has another size");
    uint64_t added = state->front() | uint64_t{(*state)[1]} << 8 | uint64_t{(*state)[2]} << 16;
    THEATER_CHECK(((0x070707 + calls_) & 0xffffff) == added, "not every call changed the state");
  }

  uint64_t calls() const { return calls_; }
  double event_bytes_per_call() const { return event_bytes_; }

  void report(std::string_view id, double kept_bytes, std::string_view extra) const {
    CostFigure us = cost_per_unit(costs_, kCalls);
    print(id, us.wall, "us",
          fmt::format(R"(, "cpu_us": {:.3f}, "event_bytes": {:.1f}, "kept_bytes": {:.1f}{})",
                      us.cpu.best, event_bytes_, kept_bytes, extra));
  }

 private:
  uint64_t event_bytes() const { return expect(runtime_.metrics(id_)).event_bytes; }

  Runtime& runtime_;
  ActorId id_;
  uint64_t calls_ = 0;
  double event_bytes_ = 0;  // Of each call of the last run.
  std::vector<Cost> costs_;
};

uint64_t bytes_below(const fs::path& folder) {
  uint64_t bytes = 0;
  for (const fs::directory_entry& file : fs::recursive_directory_iterator(folder)) {
    if (file.is_regular_file()) bytes += used_bytes(file.path());
  }
  return bytes;
}

const Benchmark kBenchmark("state", [](int argc, char** argv) {
  House house(argc > 1 ? argv[1] : "bench/guests", "state.wat");
  fs::path below = argc > 2 ? argv[2] : ".";
  Disk disk(below);
  std::optional<DiskStage> disk_stage(std::in_place, house, disk, 1);
  Keeper on_disk(disk_stage->runtime(), house);
  // It binds the threads that are made after it.
  Stage stage(house, 1);
  Keeper in_memory(stage.runtime(), house);
  for (int run = -1; run < kRuns; ++run) {
    in_memory.play([] {});
    on_disk.play([&] { expect(disk.log->flush()); });
  }
  in_memory.check_state();
  on_disk.check_state();
  disk_stage.reset();
  expect(disk.log->close());
  in_memory.report("state.64k", in_memory.event_bytes_per_call(), stage.facts());
  auto kept = static_cast<double>(bytes_below(disk.scratch.path() / "log"));
  on_disk.report("state.64k.sync", kept / static_cast<double>(on_disk.calls()), "");
  return 0;
});

}  // namespace

}  // namespace theater::bench::state_bench
