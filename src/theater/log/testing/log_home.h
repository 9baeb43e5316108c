// For tests of a log that is written to: a folder of its own with what a log needs, actors that
// record into it, and a strict reading of what came of it.
#pragma once

#include "theater/base/clock.h"
#include "theater/base/random.h"
#include "theater/base/signing_key.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/event/chain.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/segment/body_format.h"
#include "theater/log/segment/segment_scan.h"
#include "theater/log/writer/log.h"
#include "theater/store/blob_store.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace theater::log {

// The time of the first event, in microseconds.
inline constexpr uint64_t kSampleTime = 1'767'225'600'000'000;

// Removed with everything in it when the object goes. What goes wrong throws.
class LogHome {
 public:
  LogHome();
  ~LogHome();
  LogHome(const LogHome&) = delete;
  LogHome& operator=(const LogHome&) = delete;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path folder() const { return root_ / "log"; }

  Result<std::unique_ptr<Log>> try_open(const std::filesystem::path& folder,
                                        const LogOptions& options = {});
  std::unique_ptr<Log> open(const LogOptions& options = {});
  std::unique_ptr<Log> open_at(const std::filesystem::path& folder, const LogOptions& options = {});

  // A copy of a log's folder, as a crash would leave it at this moment if nothing is being written.
  std::filesystem::path copy(const std::filesystem::path& from, const std::string& name) const;

  const SigningKey& key() const { return key_; }
  BlobStore& blobs() { return *blobs_; }
  ManualClock& clock() { return clock_; }

 private:
  TemporaryFolder temporary_;
  std::filesystem::path root_;
  OsRandom random_;
  ManualClock clock_;
  SigningKey key_;
  std::unique_ptr<BlobStore> blobs_;
};

// Options with which the log writes nothing unless a caller waits for it, and publishes nothing
// before it is closed.
LogOptions quiet();

// An actor that records calls and what they returned. Not thread-safe.
class TestActor {
 public:
  // Records genesis and instance.
  explicit TestActor(Log& log);

  ActorNumber number() const { return number_; }
  const ActorId& id() const { return id_; }
  const Chain& chain() const { return chain_; }

  EventRef record(const Body& body, Durability durability = Durability::kAsync,
                  std::span<const DetachedBody> bodies = {});
  // Records that an event, by its hash, came to nothing: the event cites it.
  EventRef cite(const Hash& sent, Durability durability = Durability::kAsync);
  // A call with as many arguments, detached, and its end.
  EventRef record_detached(ByteView arguments, Durability durability = Durability::kAsync);
  // Four calls with eight detached payloads, whose records have every form of BodyForm. The events
  // must get into one segment.
  EventRef record_every_form(Durability durability = Durability::kAsync);

 private:
  EventRef record_call(const DetachedBody& arguments, Durability durability);
  EventRef record_return(const DetachedBody& result, Durability durability);

  Log& log_;
  ActorId id_;
  ActorNumber number_;
  Chain chain_;
  Bytes history_;           // What the actor has said so far; bounded, so that events stay small.
  uint64_t next_seed_ = 0;  // Of bytes that nothing compresses.
};

// What is in a log's folder, read from its files: of whole groups only, each checked against the
// tree, and each chain against its links.
struct ReadLog {
  struct Entry {
    ActorNumber actor;
    Bytes bytes;
    Hash hash;
    size_t group = 0;  // Counted from 0 over the whole log.
    uint64_t segment = 0;
  };
  std::vector<Entry> events;
  std::vector<GroupTrailer> groups;
  uint64_t segments = 0;
  Tree tree;

  // The operations in the node's chain, by their names in log.wit, in order.
  std::vector<std::string> node_operations() const;
  // Those of the node's `tail-removed`.
  std::vector<TailRemoved> tails() const;
};
// Throws, saying what is wrong.
ReadLog read_log(const std::filesystem::path& folder);

// The forms of the records in all body files of a log, with the number of records of each.
std::map<BodyForm, size_t> body_forms(const std::filesystem::path& folder);

// All files below a folder, by their paths in it.
std::map<std::string, std::string> files_in(const std::filesystem::path& folder);

}  // namespace theater::log
