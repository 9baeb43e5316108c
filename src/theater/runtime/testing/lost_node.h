// A family of scripted actors with a home, whose node is lost now and then: the home is copied
// while everything on disk stands still, as a crash would leave it, and another runtime begins on
// the copy. Or the node closes and keeps its actors, and then comes back in the same way.
#pragma once

#include "theater/base/testing/temporary_folder.h"
#include "theater/log/check/log_check.h"
#include "theater/log/reader/chain_source.h"
#include "theater/log/writer/log.h"
#include "theater/runtime/recovery.h"
#include "theater/runtime/testing/lost_log.h"
#include "theater/runtime/testing/seeded_family.h"
#include "theater/store/home.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace theater::testing {

// A process that has a home: what ends with it.
struct NodeProcess {
  NodeProcess(const std::filesystem::path& folder, uint64_t seed)
      : scheduler(seed), jobs(scheduler, 100) {
    home = *Home::open(folder, random, "recovery_test");
    blobs = *BlobStore::open(home->layout().blobs());
    log::Log::Parts parts{home->key(), *blobs, scheduler.clock(), random};
    log::LogOptions options;
    options.preallocate_bytes = 4096;
    options.checkpoint_delay = std::chrono::hours(2);  // So that a copy stands still.
    auto opened = log::Log::open(home->layout().log(), parts, options);
    THEATER_CHECK(opened, "{}", opened.error().to_string());
    log = *std::move(opened);
    origins.emplace(home->layout().manifests());
    lost_log.emplace(*log);
    recording.emplace(Recording{*lost_log, *blobs, &*origins});
  }

  OsRandom random;
  SeededScheduler scheduler;
  SchedulerJobs jobs;
  std::unique_ptr<Home> home;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<log::Log> log;
  std::optional<LostLog> lost_log;
  std::optional<ManifestOrigins> origins;
  std::optional<Recording> recording;
};

// A family whose node is lost now and then.
class LostNode {
 public:
  explicit LostNode(uint64_t seed = 1)
      : seed_(seed),
        process_(std::make_unique<NodeProcess>(folder_.path() / "0", seed)),
        family_(process_->scheduler, process_->scheduler, process_->scheduler.clock(),
                &process_->jobs, &*process_->recording, seed) {}
  ~LostNode() { family_.end(); }

  Family& family() { return family_; }
  Runtime& runtime() { return family_.runtime(); }
  SeededScheduler& scheduler() { return process_->scheduler; }

  // The node is lost as it stands, and comes back.
  RecoveryReport lose(const std::function<void(RecoveryRequest&)>& change = {}) {
    auto report = try_lose(change);
    THEATER_CHECK(report, "{}", report.error().to_string());
    return *std::move(report);
  }

  // The same where the log may be unreadable, which fails as Recovery::prepare does. Then nothing
  // is recovered until the next call.
  Result<RecoveryReport> try_lose(const std::function<void(RecoveryRequest&)>& change = {}) {
    THEATER_CHECK(process_->log->flush(), "the log cannot be written");
    return come_back(change);
  }

  // The node closes, keeps its actors, and comes back. Whatever is wrong with the closed home is in
  // wrong_when_closed().
  RecoveryReport close(std::chrono::milliseconds deadline = std::chrono::hours(1)) {
    runtime().close(Closing::kKeep, deadline);
    THEATER_CHECK(process_->log->close(), "the log cannot be written");
    wrong_when_closed_ = what_is_wrong_with(stored_chains());
    auto report = come_back({});
    THEATER_CHECK(report, "{}", report.error().to_string());
    return *std::move(report);
  }
  const std::optional<std::string>& wrong_when_closed() const { return wrong_when_closed_; }

  // The node is lost after so many events more: it records nothing from then on, until lose().
  void lose_after(uint64_t events) { process_->lost_log->lose_after(events); }
  // The same for the node of the next lose(), if it records so many events until lose() returns.
  void lose_next_after(uint64_t events) { next_loss_ = events; }
  bool is_lost() const { return process_->lost_log->is_lost(); }

  // The log of the living node, to which a test may add what a crash would leave.
  log::Log& log() { return *process_->log; }

  // Parts of the living node, for what works on its runtime and log.
  log::EventSink& events() { return *process_->lost_log; }
  JobRunner& jobs() { return process_->jobs; }
  std::filesystem::path log_folder() const { return process_->home->layout().log(); }

  const std::filesystem::path& home() const { return process_->home->layout().folder; }

  // Every chain that the log has.
  std::map<ActorId, Told> chains() {
    THEATER_CHECK(process_->log->flush(), "the log cannot be written");
    return stored_chains();
  }

  std::optional<std::string> what_is_wrong() { return what_is_wrong_with(chains()); }

 private:
  Result<RecoveryReport> come_back(const std::function<void(RecoveryRequest&)>& change) {
    std::filesystem::path from = process_->home->layout().folder;
    std::filesystem::path to = folder_.path() / std::to_string(++lives_);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
    std::filesystem::remove(to / "lock");
    auto next = std::make_unique<NodeProcess>(to, seed_ + lives_ * 1'000'003);
    if (auto events = std::exchange(next_loss_, std::nullopt)) next->lost_log->lose_after(*events);
    // Time does not go back.
    next->scheduler.clock().advance(
        std::chrono::ceil<std::chrono::microseconds>(process_->scheduler.clock().monotonic()));
    family_.begin_anew(next->scheduler, next->scheduler, next->scheduler.clock(), &next->jobs,
                       &*next->recording);
    process_ = std::move(next);
    reader_ = *log::LogReader::open(process_->home->layout().log());
    components_ = family_.components(&*process_->blobs);
    RecoveryRequest request{
        .log = *reader_, .components = *components_, .policy = family_.policy()};
    if (change) change(request);
    auto prepared = THEATER_TRY(runtime().prepare_recovery(request));
    auto report = runtime().recover(*prepared);
    if (!is_lost()) lose_after(LostLog::kNever);
    return report;
  }

  std::map<ActorId, Told> stored_chains() {
    auto reader = *log::LogReader::open(process_->home->layout().log());
    std::map<ActorId, Told> all;
    for (const log::ActorEntry& entry : reader->actors()) {
      if (entry.number == log::kNodeActor) continue;
      log::Chain chain(size_t{1} << 30);
      auto source = log::stored_chain(*reader, entry.id);
      while (auto event = *source->next())
        chain.append_encoded(event->bytes, log::decode_event(event->bytes)->time);
      all.emplace(entry.id, tell(chain));
    }
    return all;
  }

  std::optional<std::string> what_is_wrong_with(const std::map<ActorId, Told>& chains) {
    auto wrong = family_.what_is_wrong(chains);
    if (wrong) return wrong;
    auto report = log::check_log(process_->home->layout().log());
    if (!report) return report.error().to_string();
    for (const log::Finding& finding : report->findings) {
      if (finding.what.find("checkpoint") == std::string::npos) return finding.what;
    }
    return std::nullopt;
  }

  TemporaryFolder folder_;
  uint64_t seed_;
  uint64_t lives_ = 0;
  std::optional<uint64_t> next_loss_;
  std::unique_ptr<NodeProcess> process_;
  Family family_;
  std::optional<std::string> wrong_when_closed_;
  std::unique_ptr<log::LogReader> reader_;
  std::unique_ptr<replay::Components> components_;
};

}  // namespace theater::testing
