// A node's log, open for writing: what actors record goes in here, and one thread brings it to disk
// in groups.
//
// Recording never waits for the disk. Events go into a buffer; the committer takes all that is in
// it, brings the bodies and then the events to disk with one write and one sync each, and only then
// takes more. Everything recorded while it was busy becomes the next group, so that many actors
// share one sync. Behind it a publisher writes tiles and signs checkpoints.
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
#include "theater/log/payload.h"
#include "theater/log/peers.h"
#include "theater/log/segment_format.h"
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
  // How long events of `async` actors may wait for company, and how many octets end the wait.
  std::chrono::milliseconds async_delay{10};
  uint64_t async_bytes = uint64_t{1} << 20;
  // How long after a group its checkpoint may come.
  std::chrono::milliseconds checkpoint_delay{100};
  // What `node-started` says: the program and its version.
  std::string program = "theater";
};

// Where a log stands on disk.
struct LogPosition {
  uint64_t size = 0;
  Hash root;

  bool operator==(const LogPosition&) const = default;
};

// A payload that is kept beside its event. `bytes` need only live as long as the call.
struct DetachedBody {
  Salt salt{};
  ByteView bytes;
};

// Safe from any thread.
class Log {
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
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  const ActorId& id() const;

  // A number for an actor whose chain begins in this log.
  ActorNumber add_actor(const ActorId& id);

  // An actor whose chain began before the log was opened, and is to go on. Once, before its next
  // event.
  void resume_actor(ActorNumber number, const ActorId& id);

  // Takes the next event of an actor's chain, in the order of its chain; `hash` is event_hash() of
  // `event`. An event that was appended before another stands in the same group or in an earlier
  // one, whichever threads appended them. Never waits for the disk. Does nothing after a failure.
  void append(ActorNumber actor, ByteView event, const Hash& hash,
              std::span<const DetachedBody> bodies, Durability durability);

  // A fresh salt for a body.
  Salt make_salt();

  // Whether there is room for more. Not having any is no failure of append(): it is for callers to
  // stop making events until `then` is called, once, on a thread of the log: there is room again,
  // or the log has stopped and never will have any. A log that has stopped calls it at once.
  bool has_room() const;
  void when_room(std::function<void()> then);

  // Calls `then` once everything appended before is on disk, with no error; or with the error that
  // stopped the log. Who asks first is called first. On a thread of the log, or at once. Must be
  // short and not call the log.
  void when_durable(std::function<void(const std::optional<Error>&)> then);

  // Waits for that.
  Result<void> flush();

  // What is on disk. Never waits.
  LogPosition durable() const;

  // Why it stopped, if it did.
  std::optional<Error> failure() const;
  // Calls `then` once, on a thread of the log, when it stops; at once if it has.
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
