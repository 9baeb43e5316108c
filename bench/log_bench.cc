// What recording costs: log.append and log.append.4, events of some 256 bytes from one and from
// four threads that wait for nothing, until all of them are on disk.
//
//   log [FOLDER]    where the logs are made; the present folder if none is named
#include "theater/log/segment/segment_files.h"

#include <memory>

#include "benchmark.h"
#include "disk.h"
#include "measure.h"

namespace theater::bench::log_bench {

namespace {

namespace fs = std::filesystem;

// As an actor's worker does: stops while there is no room.
void wait_for_room(log::Log& log) {
  if (!log.has_room()) expect(log.flush());
}

void record_many(log::Log& log, Writer& actor, int events) {
  for (int i = 0; i < events; ++i) {
    if (i % 256 == 0) wait_for_room(log);
    actor.record_note();
  }
}

uint64_t bytes_in(const fs::path& folder) {
  uint64_t bytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    bytes += entry.is_regular_file() ? entry.file_size() : 0;
  return bytes;
}

void append_from(const fs::path& below, int threads, const char* id) {
  const int kEvents = static_cast<int>(amount(200'000, 1'000));
  Disk disk(below);
  std::vector<std::unique_ptr<Writer>> actors;
  for (int t = 0; t < threads; ++t)
    actors.push_back(std::make_unique<Writer>(*disk.log, log::Durability::kAsync));
  std::vector<double> runs;
  for (int run = 0; run < kRuns; ++run) {
    auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> workers;
    for (int t = 1; t < threads; ++t) {
      workers.emplace_back(
          [&, t] { record_many(*disk.log, *actors[static_cast<size_t>(t)], kEvents / threads); });
    }
    record_many(*disk.log, *actors[0], kEvents / threads);
    for (std::thread& worker : workers)
      worker.join();
    expect(disk.log->flush());
    runs.push_back(seconds_since(start) * 1e6 / kEvents);
  }
  expect(disk.log->close());
  double events = static_cast<double>(disk.log->durable().size);
  double segments =
      static_cast<double>(bytes_in(log::segments_folder(disk.scratch.path() / "log")));
  double all = static_cast<double>(bytes_in(disk.scratch.path() / "log"));
  print(id, figure_of(std::move(runs)), "us",
        fmt::format(R"(, "threads": {}, "event_bytes": {}, "disk_bytes_per_event": {:.1f})"
                    R"(, "with_tiles": {:.1f})",
                    threads, actors[0]->event_bytes(), segments / events, all / events));
}

const Benchmark kBenchmark("log", [](int argc, char** argv) {
  fs::path below = argc > 1 ? argv[1] : ".";
  append_from(below, 1, "log.append");
  append_from(below, 4, "log.append.4");
  return 0;
});

}  // namespace

}  // namespace theater::bench::log_bench
