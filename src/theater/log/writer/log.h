// A node's log, open for writing. Actors record into it, and one thread at a time writes the events
// to disk in groups.
//
// Recording never waits for the disk. Events go into a buffer. The committer takes all of them,
// writes the bodies and then the events with one write and one sync each, and only then takes more.
// Events recorded meanwhile become the next group, so many actors share one sync. A publisher
// writes tiles and signs checkpoints afterwards.
//
// The committer is a thread of the log. A thread that would only wait for its own events can commit
// them itself if that is short (EventSink::end_deferral). A single event then costs a write and a
// sync, without the wakeups of two threads.
//
// After a failed write or sync, the log writes and acknowledges nothing more. Only the next opening
// finds out which events are on disk.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/clock.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/base/signing_key.h"
#include "theater/log/event/peers.h"
#include "theater/log/writer/event_sink.h"
#include "theater/store/blob_store.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace theater::log {

struct LogOptions {
  // A segment is sealed when it or its body file is at least this large.
  static constexpr uint64_t kSealBytesMax = uint64_t{512} << 20;
  uint64_t segment_bytes = uint64_t{64} << 20;
  // The step in which the log reserves room on disk.
  uint64_t preallocate_bytes = uint64_t{4} << 20;
  // The bound past which has_room() is false.
  uint64_t buffer_bytes = uint64_t{32} << 20;
  // The time that events of `async` actors may wait for others, and the bytes that end the wait.
  std::chrono::milliseconds async_delay{10};
  uint64_t async_bytes = uint64_t{1} << 20;
  // After a longer commit, only the committer makes the next one. A guest may keep a worker no
  // longer than this.
  std::chrono::microseconds short_commit{1000};
  // The longest time between a group and its checkpoint.
  std::chrono::milliseconds checkpoint_delay{100};
  // The text of `node-started`: the program and its version.
  std::string program = "theater";
  // Gives a new log the damaged one that it continues, if there is one (damaged_log.h).
  std::function<Result<std::optional<DamageAccepted>>()> continues = {};
};

// The extent of a log on disk.
struct LogPosition {
  uint64_t size = 0;
  Hash root;

  bool operator==(const LogPosition&) const = default;
};

// Safe from any thread.
class Log final : public EventSink {
 public:
  // Makes the log if there is none; else opens it as docs/formats/log.md describes, and moves a
  // torn tail to lost+found/. Returns when `node-started` is on disk. The caller holds the home's
  // lock, and the parts outlive the log. Fails with kCorrupt for damage (the log then stays
  // unchanged), kUnsupported, kInvalidArgument for options, kIo, kResourceExhausted for a full
  // disk.
  struct Parts {
    const SigningKey& key;
    BlobStore& blobs;    // Synced before each group.
    const Clock& clock;  // The source of the times of the node's events.
    Random& random;      // Used by one thread at a time.
  };
  static Result<std::unique_ptr<Log>> open(const std::filesystem::path& folder, const Parts& parts,
                                           const LogOptions& options = {});
  // Calls close() and drops its result.
  ~Log() override;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  const ActorId& id() const;

  // The operations of EventSink. Of two events, the one appended first is in the same group as the
  // other or in an earlier one.
  ActorNumber add_actor(const ActorId& id) override;
  void resume_actor(ActorNumber number, const ActorId& id) override;
  void append(ActorNumber actor, ByteView event, const Hash& hash,
              std::span<const DetachedBody> bodies, Durability durability) override;
  Salt make_salt() override;
  bool has_room() const override;
  void when_room(std::function<void()> then) override;
  void when_durable(std::function<void(const std::optional<Error>&)> then) override;
  void when_committed(std::function<void(const std::optional<Error>&)> then) override;
  Result<void> flush() override;
  void defer_wakeups() override;
  bool end_deferral(CommitBy how) override;
  uint64_t events_on_disk() const override { return durable().size; }
  std::optional<Error> failure() const override;

  // The position on disk. Never waits.
  LogPosition durable() const;

  // Records a `noted` in the node's own chain: a fact about the node, and its `data`, which must be
  // small. Never waits for the disk: the event is committed as those of `async` actors are. The
  // caller bounds how often it happens. Does nothing after a failure or close().
  void note(std::string_view what, Bytes data);

  // Calls `then` once when the log stops, on the thread that notices it; immediately if the log has
  // stopped.
  void on_failure(std::function<void(const Error&)> then);

  // Records `node-stopped`, writes everything to disk, signs the last checkpoint and gives back the
  // reserved room. No append may follow. Fails with the error that stopped the log, if there is
  // one. For one thread; a second call has the result of the first.
  Result<void> close();

 private:
  class Writer;
  explicit Log(std::unique_ptr<Writer> writer);

  std::unique_ptr<Writer> writer_;
};

}  // namespace theater::log
