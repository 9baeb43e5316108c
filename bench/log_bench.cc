// What recording costs: log.append and log.append.4, events of some 256 octets from one and from
// four threads that wait for nothing, until all of them are on disk; and log.sync.single, one event
// at a time, each waited for, beside the bare write and sync of as many octets (log.sync.bare).
//
//   log [FOLDER]    where the logs are made; the present folder if none is named
#include "theater/log/log.h"

#include "theater/base/check.h"
#include "theater/base/file_handle.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/chain.h"
#include "theater/log/segment_files.h"
#include "theater/log/segment_format.h"

#include <cstdlib>
#include <memory>

#include "measure.h"

namespace {

using namespace theater;
using namespace theater::bench;
namespace fs = std::filesystem;

constexpr uint64_t kTime = 1'700'000'000'000'000;

template <class T>
T must(Result<T> result) {
  THEATER_CHECK(result, "{}", result.error().to_string());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

struct Node {
  explicit Node(const fs::path& below)
      : scratch(below),
        key(SigningKey::generate(random)),
        blobs(must(BlobStore::open(scratch.path() / "blobs"))),
        log(must(log::Log::open(scratch.path() / "log", {key, *blobs, clock, random}))) {}

  TemporaryFolder scratch;
  OsRandom random;
  SystemClock clock;
  SigningKey key;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<log::Log> log;
};

class Actor {
 public:
  explicit Actor(log::Log& log)
      : log_(log), id_{log.make_salt()}, number_(log.add_actor(id_)), arguments_(210, uint8_t{7}) {
    record(log::Genesis{.actor = id_, .name = "bench", .parent = {}, .manifest = {}});
  }

  void record(const log::Body& body) {
    log::EventRef made = chain_.append(body, kTime);
    event_bytes_ = chain_.event(made.seq.value).size();
    log_.append(number_, chain_.event(made.seq.value), made.hash, {}, log::Durability::kAsync);
  }
  void record_note() {
    record(log::Note{.function = 3, .arguments = log::borrowed_payload(arguments_)});
  }
  size_t event_bytes() const { return event_bytes_; }

 private:
  log::Log& log_;
  ActorId id_;
  log::ActorNumber number_;
  Bytes arguments_;
  log::Chain chain_;
  size_t event_bytes_ = 0;
};

// As an actor's worker does: stops while there is no room.
void wait_for_room(log::Log& log) {
  if (!log.has_room()) must(log.flush());
}

void record_many(log::Log& log, Actor& actor, int events) {
  for (int i = 0; i < events; ++i) {
    if (i % 256 == 0) wait_for_room(log);
    actor.record_note();
  }
}

uint64_t octets_in(const fs::path& folder) {
  uint64_t octets = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    octets += entry.is_regular_file() ? entry.file_size() : 0;
  return octets;
}

void append_from(const fs::path& below, int threads, const char* id) {
  const int kEvents = static_cast<int>(amount(200'000, 1'000));
  Node node(below);
  std::vector<std::unique_ptr<Actor>> actors;
  for (int t = 0; t < threads; ++t)
    actors.push_back(std::make_unique<Actor>(*node.log));
  std::vector<double> runs;
  for (int run = 0; run < kRuns; ++run) {
    auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> workers;
    for (int t = 1; t < threads; ++t) {
      workers.emplace_back(
          [&, t] { record_many(*node.log, *actors[static_cast<size_t>(t)], kEvents / threads); });
    }
    record_many(*node.log, *actors[0], kEvents / threads);
    for (std::thread& worker : workers)
      worker.join();
    must(node.log->flush());
    runs.push_back(seconds_since(start) * 1e6 / kEvents);
  }
  must(node.log->close());
  double events = static_cast<double>(node.log->durable().size);
  double segments =
      static_cast<double>(octets_in(log::segments_folder(node.scratch.path() / "log")));
  double all = static_cast<double>(octets_in(node.scratch.path() / "log"));
  print(id, figure_of(std::move(runs)), "us",
        fmt::format(R"(, "threads": {}, "event_bytes": {}, "disk_bytes_per_event": {:.1f})"
                    R"(, "with_tiles": {:.1f})",
                    threads, actors[0]->event_bytes(), segments / events, all / events));
}

void sync_single(const fs::path& below) {
  const int kSyncs = static_cast<int>(amount(100, 3));
  Node node(below);
  Actor actor(*node.log);
  FileHandle bare = must(FileHandle::open(node.scratch.path() / "bare", OpenMode::kCreate));
  must(bare.preallocate(uint64_t{4} << 20));
  must(bare.sync());
  // As many octets as a group of one event has.
  actor.record_note();
  Bytes octets;
  log::append_event_frame(octets, log::kNodeActor, Bytes(actor.event_bytes()), std::nullopt);
  log::append_trailer(octets, {});
  uint64_t offset = 0;
  std::vector<double> logged;
  std::vector<double> written;
  // In turn, so that both see the same disk.
  for (int run = 0; run < kRuns; ++run) {
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kSyncs; ++i) {
      actor.record_note();
      must(node.log->flush());
    }
    logged.push_back(seconds_since(start) * 1e6 / kSyncs);
    start = std::chrono::steady_clock::now();
    for (int i = 0; i < kSyncs; ++i, offset += octets.size()) {
      must(bare.write_at(offset, octets));
      must(bare.sync());
    }
    written.push_back(seconds_since(start) * 1e6 / kSyncs);
  }
  Figure bare_figure = figure_of(std::move(written));
  Figure log_figure = figure_of(std::move(logged));
  print("log.sync.bare", bare_figure, "us", fmt::format(R"(, "bytes": {})", octets.size()));
  print("log.sync.single", log_figure, "us",
        fmt::format(R"(, "event_bytes": {}, "ratio": {:.2f}, "ratio_of_medians": {:.2f})",
                    actor.event_bytes(), log_figure.best / bare_figure.best,
                    log_figure.median / bare_figure.median));
}

}  // namespace

int main(int argc, char** argv) {
  fs::path below = argc > 1 ? argv[1] : ".";
  append_from(below, 1, "log.append");
  append_from(below, 4, "log.append.4");
  sync_single(below);
}
