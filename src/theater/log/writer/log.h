// A node's log, open for writing: what actors record goes in here, and is brought to disk in
// groups, by one thread at a time.
//
// Recording never waits for the disk. Events go into a buffer; the committer takes all that is in
// it, brings the bodies and then the events to disk with one write and one sync each, and only then
// takes more. Everything recorded while it was busy becomes the next group, so that many actors
// share one sync. Behind it a publisher writes tiles and signs checkpoints.
//
// The committer is a thread of the log. A thread that has nothing better to do than to wait for
// what it has recorded can do its work instead, if that is short (EventSink::settle): an event that
// is alone then costs a write and a sync, and not also the time that two threads take to wake up.
//
// Once a write or sync has failed, nothing more is written or acknowledged: what is on disk then is
// only known at the next opening.
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

namespace theater::log {

struct LogOptions {
  // A segment is sealed when it or its body file is at least this large.
  static constexpr uint64_t kSealBytesMax = uint64_t{512} << 20;
  uint64_t segment_bytes = uint64_t{64} << 20;
  // Room is made on disk in steps of this.
  uint64_t preallocate_bytes = uint64_t{4} << 20;
  // Past this, has_room() says no.
  uint64_t buffer_bytes = uint64_t{32} << 20;
  // How long events of `async` actors may wait for company, and how many bytes end the wait.
  std::chrono::milliseconds async_delay{10};
  uint64_t async_bytes = uint64_t{1} << 20;
  // When a commit has taken longer, the next one is the committer's, whoever could do it: no longer
  // than a guest may keep a worker.
  std::chrono::microseconds short_commit{1000};
  // How long after a group its checkpoint may come.
  std::chrono::milliseconds checkpoint_delay{100};
  // What `node-started` says: the program and its version.
  std::string program = "theater";
  // Asked by a log that begins: which damaged one it continues, if it does (damaged_log.h).
  std::function<Result<std::optional<DamageAccepted>>()> continues = {};
};

// Where a log stands on disk.
struct LogPosition {
  uint64_t size = 0;
  Hash root;

  bool operator==(const LogPosition&) const = default;
};

// Safe from any thread.
class Log final : public EventSink {
 public:
  // Everything outlives the log. Makes the log if there is none; else opens it as
  // docs/formats/log.md says, moving a torn tail to lost+found/. Returns when `node-started` is on
  // disk. The caller holds the home's lock. Fails with kCorrupt for damage (nothing is changed
  // then), kUnsupported, kInvalidArgument for options, kIo, kResourceExhausted for a full disk.
  struct Parts {
    const SigningKey& key;
    BlobStore& blobs;    // Synced before each group.
    const Clock& clock;  // For the times of the node's events.
    Random& random;      // Used by one thread at a time.
  };
  static Result<std::unique_ptr<Log>> open(const std::filesystem::path& folder, const Parts& parts,
                                           const LogOptions& options = {});
  // close(), without saying whether it went well.
  ~Log() override;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  const ActorId& id() const;

  // As event_sink.h says. An event that was appended before another stands in the same group or in
  // an earlier one.
  ActorNumber add_actor(const ActorId& id) override;
  void resume_actor(ActorNumber number, const ActorId& id) override;
  void append(ActorNumber actor, ByteView event, const Hash& hash,
              std::span<const DetachedBody> bodies, Durability durability) override;
  Salt make_salt() override;
  bool has_room() const override;
  void when_room(std::function<void()> then) override;
  void when_durable(std::function<void(const std::optional<Error>&)> then) override;
  void defer_wakeups() override;
  bool end_deferral(CommitBy how) override;
  uint64_t events_on_disk() const override { return durable().size; }
  std::optional<Error> failure() const override;

  // Settles, and waits until everything appended before is on disk, or fails with what stopped the
  // log; either way everybody who asked for that before has been called.
  Result<void> flush();

  // What is on disk. Never waits.
  LogPosition durable() const;

  // Calls `then` once, on whichever thread finds that out, when it stops; at once if it has.
  void on_failure(std::function<void(const Error&)> then);

  // Records `node-stopped`, brings everything to disk, signs the last checkpoint and gives back the
  // room set aside. Nothing may be appended after it. Fails with what stopped the log, if something
  // did. For one thread; a second call says what the first one said.
  Result<void> close();

 private:
  class Writer;
  explicit Log(std::unique_ptr<Writer> writer);

  std::unique_ptr<Writer> writer_;
};

}  // namespace theater::log
