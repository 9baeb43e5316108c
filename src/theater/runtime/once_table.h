// The table of what clients asked to be done once: from the key of a request to what became of it.
//
// The first request with a key is done; every later one gets its answer. An entry begins with the
// claim of its key, and gets the place of its call in a chain when that is recorded. A request
// that ends without such a place has done nothing, so its key is free again. All others keep their
// key for 24 hours. The chains have the keys, too, so that a node which opens a log has the table
// again (log/recovery/once_records.h); the keys of actors of durability `memory` end with the node.
//
// The table forgets no young key. At kEntriesMax it refuses new keys. It keeps only those answers
// that no log has, up to kAnswerBytesMax together; without its answer a request is still not done
// twice.
#pragma once

#include "theater/actor/messaging/reply_to.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/peers.h"
#include "theater/log/recovery/once_records.h"
#include "theater/runtime/once_failure.h"
#include "theater/runtime/runtime.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace theater {

// The answer of a request that was done, or why there is none.
using OnceAnswer = std::variant<Result<ClientReply>, Result<SpawnReport>>;

// A request that was done, as the table has it.
struct OnceDone {
  ActorId actor;     // The actor that was called, or started.
  uint64_t seq = 0;  // Of a message: the position of its `call`.
  Hash event;        // The hash of that event. Zeros for a start in this run of the node.
  // Shared with the table. Null where only the log may have the answer.
  std::shared_ptr<const OnceAnswer> answer = nullptr;
};

// Safe from any thread. Microseconds since 1970-01-01 UTC.
class OnceTable {
 public:
  static constexpr std::chrono::microseconds kKept = std::chrono::hours(24);
  static constexpr size_t kEntriesMax = 100'000;
  static constexpr size_t kAnswerBytesMax = size_t{64} << 20;

  explicit OnceTable(size_t entries_max = kEntriesMax, size_t answer_bytes_max = kAnswerBytesMax)
      : entries_max_(entries_max), answer_bytes_max_(answer_bytes_max) {}

  // Takes no key before one of these. load() adds what the log has, however much that is;
  // refuse_all() says why the log cannot be read.
  void load(const std::vector<log::OnceRecord>& records, uint64_t now_us);
  void refuse_all(Error why);

  // The caller has the key, and finish() must follow.
  struct First {};
  // Fails as OnceRefusal says, with kResourceExhausted at kEntriesMax, and with kUnavailable before
  // load() or after refuse_all().
  using Claim = std::variant<First, OnceDone, OnceFailure>;
  Claim claim(const log::Once& once, uint64_t now_us);

  // The call of a claimed key is recorded, or its actor is made.
  void called(const Hash& key, const ActorId& actor, const RecordedCall& call);

  // A claimed key has its outcome; without called() before, it is free again. `answer` may be null,
  // and is kept only if the log does not have it.
  void finish(const Hash& key, std::shared_ptr<const OnceAnswer> answer);

  // Keys in use, expired ones included until a claim() finds them.
  size_t size() const;

 private:
  struct Entry {
    Hash request;
    uint64_t time_us = 0;  // Of the claim, or of the event on record.
    std::optional<OnceDone> done;
    bool log_has_answer = false;
    bool is_running = false;
  };
  struct State {
    std::unordered_map<Hash, Entry> entries;      // By key.
    std::set<std::pair<uint64_t, Hash>> by_time;  // Those with an outcome.
    size_t answer_bytes = 0;
    bool is_ready = false;
    std::optional<Error> failure;
  };

  static void forget_old(State& state, uint64_t now_us);

  const size_t entries_max_;
  const size_t answer_bytes_max_;
  Guarded<State> state_;
};

}  // namespace theater
