// verify.1, verify.100: how many events a second check_log() proves, of a log of a million events
// of about 256 bytes by one actor and by a hundred.
#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/base/signing_key.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/check/log_check.h"
#include "theater/log/event/chain.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/segment/segment_format.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "benchmark.h"
#include "measure.h"

namespace theater::bench::verify_bench {

namespace {

using namespace theater::log;

const uint64_t kEvents = bench::amount(1'000'000, 1'000);
constexpr uint64_t kGroupEvents = 500;
constexpr size_t kSegmentBytes = size_t{64} << 20;

ActorId actor_id(uint64_t number) {
  ActorId id;
  id.bytes.fill(static_cast<uint8_t>(number));
  id.bytes[0] = static_cast<uint8_t>(number >> 8);
  return id;
}

// Writes a log as a node does, but from one thread and without waiting for the disk.
class Writer {
 public:
  Writer(const std::filesystem::path& folder, uint64_t actors, const theater::SigningKey& key)
      : folder_(folder), key_(key) {
    for (uint64_t i = 0; i <= actors; ++i)
      chains_.push_back(std::make_unique<Chain>());
  }

  void write() {
    PublicKey key = key_.public_key();
    append(0, Genesis{.actor = actor_id(0), .name = "node", .parent = {}, .manifest = {}});
    append(0, Control{NodeStarted{"benchmark"}, ByRuntime{}});
    append(0, Control{NodeKey{Bytes(key.begin(), key.end())}, ByRuntime{}});
    for (uint64_t actor = 1; actor < chains_.size(); ++actor)
      begin_actor(actor);
    Bytes arguments(210, uint8_t{7});
    for (uint64_t i = 0; tree_.size() < kEvents; ++i) {
      append(1 + i % (chains_.size() - 1),
             Note{.function = 1, .arguments = borrowed_payload(arguments)});
    }
    end_group();
    write_segment();
    Checkpoint checkpoint{log_origin(actor_id(0)), tree_.size(), tree_.root()};
    std::string note = sign_checkpoint(checkpoint, key_);
    THEATER_CHECK(write_file(folder_ / "checkpoint", as_bytes(note)));
  }

 private:
  void begin_actor(uint64_t actor) {
    append(actor,
           Genesis{.actor = actor_id(actor), .name = "worker", .parent = {}, .manifest = Hash{}});
    Instance instance;
    instance.engine = "none";
    instance.functions = {"theater:simple/actor/init", "theater:simple/runtime/log"};
    append(actor, instance);
    append(actor, Call{.function = 0, .from = FromRuntime{}, .arguments = {}});
  }

  void append(uint64_t actor, const Body& body) {
    if (segment_.empty()) begin_segment();
    Chain& chain = *chains_[actor];
    EventRef ref = chain.append(body, ++time_);
    append_event_frame(segment_, ActorNumber{actor}, chain.event(ref.seq.value), std::nullopt);
    tree_.append(ref.hash);
    if (++group_.count < kGroupEvents) return;
    end_group();
    if (segment_.size() >= kSegmentBytes) write_segment();
  }

  void begin_segment() {
    append_header(segment_, {.log_id = actor_id(0),
                             .number = number_,
                             .first = tree_.size(),
                             .next_actor = number_ == 0 ? 1 : chains_.size(),
                             .peaks = tree_.peaks()});
    begin_group();
  }

  void begin_group() {
    group_ = {.log_id = actor_id(0),
              .segment = number_,
              .first = tree_.size(),
              .offset = segment_.size()};
  }

  void end_group() {
    if (group_.count == 0) return;
    group_.root = tree_.root();
    append_trailer(segment_, group_);
    begin_group();
  }

  void write_segment() {
    if (segment_.empty()) return;
    Result<FileHandle> file = FileHandle::open(folder_ / "segments" / segment_file_name(number_++),
                                               OpenMode::kCreateExclusive);
    THEATER_CHECK(file && file->write_at(0, segment_));
    segment_.clear();
  }

  std::filesystem::path folder_;
  const theater::SigningKey& key_;
  std::vector<std::unique_ptr<Chain>> chains_;
  Tree tree_;
  uint64_t time_ = 1'767'225'600'000'000;
  uint64_t number_ = 0;
  Bytes segment_;
  GroupTrailer group_;
};

// What all threads have used so far.
double processor_seconds() {
  rusage usage{};
  THEATER_CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void measure(uint64_t actors) {
  theater::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "segments");
  Bytes seed(theater::SigningKey::kSeedSize, uint8_t{1});
  Result<theater::SigningKey> key = theater::SigningKey::from_seed(seed);
  THEATER_CHECK(key);
  Writer(folder.path(), actors, *key).write();
  std::vector<double> rates;
  std::vector<double> processor;
  uint64_t bytes = 0;
  for (int i = 0; i < bench::kRuns; ++i) {
    double used = processor_seconds();
    auto start = std::chrono::steady_clock::now();
    Result<LogReport> report = check_log(folder.path());
    double seconds = bench::seconds_since(start);
    processor.push_back((processor_seconds() - used) * 1e6 / static_cast<double>(kEvents));
    THEATER_CHECK(report, "{}", report.error().to_string());
    THEATER_CHECK(report->verdict == Verdict::kValid, "{}", report->findings.front().to_string());
    THEATER_CHECK(report->events == kEvents && report->actors == actors);
    rates.push_back(static_cast<double>(kEvents) / seconds);
    bytes = report->bytes;
  }
  bench::print(fmt::format("verify.{}", actors), bench::highest_of(rates), "events/s",
               fmt::format(R"(, "event_bytes": {}, "processor_us": {:.3f})", bytes / kEvents,
                           bench::figure_of(processor).best));
}

const Benchmark kBenchmark("verify", [](int, char**) {
  measure(1);
  measure(100);
  return 0;
});

}  // namespace

}  // namespace theater::bench::verify_bench
