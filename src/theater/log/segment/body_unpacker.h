// Makes bodies out of their records, whatever form each has (body_format.h).
//
// A record may need its base's body, and that one the body of its own base. Bodies that were made
// stay in a bounded cache, since the next record mostly needs one of them: the newest of a series
// that grows. Those before it, and tails, stay in a much smaller one. A reader of a file that a
// stranger may have written gives an allowance, which bounds the work.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/bytes_pool.h"
#include "theater/base/lru_cache.h"
#include "theater/base/result.h"
#include "theater/base/zstd.h"
#include "theater/log/segment/body_allowance.h"
#include "theater/log/segment/body_format.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace theater::log {

// A record as it was found. `bytes` are the stored bytes, which `packed.stored` borrows.
struct LoadedBody {
  enum class State : uint8_t { kThere, kRemoved, kBeyondEnd, kTooLarge };

  State state = State::kThere;
  uint64_t record_size = 0;  // As its head says; 0 if its head is not there.
  PackedBody packed = {};    // Of a removed record, only its length.
  Bytes bytes = {};
};

// A body, or why there is none.
struct UnpackedBody {
  enum class State : uint8_t {
    kWhole,
    kRemoved,
    kBeyondEnd,  // Its record reaches beyond the end of the file.
    kTooLarge,   // It has more than kBodyBytesMax bytes, so no reader makes it.
    kLost,       // A record that it needs is one of those.
    kAbsent,     // The record says that a replay makes it again.
    kRefused,    // The allowance is spent.
  };

  State state = State::kWhole;
  uint64_t record_size = 0;                      // As of the record.
  uint32_t length = 0;                           // As its head says.
  Salt salt{};                                   // Of whole, lost, absent and refused ones.
  std::shared_ptr<const Bytes> bytes = nullptr;  // Of whole ones only.
};

// Not thread-safe. For the records of one file.
class BodyUnpacker {
 public:
  // The most bases that a body may need, one behind the other.
  static constexpr size_t kBasesMax = 16;
  static constexpr size_t kCacheBytesMax = size_t{16} << 20;
  static constexpr size_t kOldBytesMax = size_t{1} << 20;

  // Without an allowance, all bodies are made. With one, it outlives the object.
  explicit BodyUnpacker(BodyAllowance* allowance = nullptr) : allowance_(allowance) {}

  // Reads the record at an offset. Fails with kCorrupt for a damaged record, or as reading does.
  using Load = std::function<Result<LoadedBody>(uint64_t offset)>;

  // The body of the record at `offset`. Fails as `load` does, or with kCorrupt, naming the fault.
  Result<UnpackedBody> read(uint64_t offset, const Load& load);

  // For the records of another file.
  void clear() {
    cache_.clear();
    old_.clear();
  }

 private:
  struct Made {
    std::shared_ptr<const Bytes> bytes;
    size_t bases = 0;   // How many it needed.
    uint64_t cost = 0;  // As BodyAllowance counts.
    uint64_t end = 0;   // Of its record.
  };

  Result<std::shared_ptr<Bytes>> unpack_splice(const PackedBody& packed, ByteView base);
  // Takes the bytes of the record.
  Result<Made> unpack(LoadedBody& record, const Made& base);

  BodyAllowance* allowance_;
  const Made* find(uint64_t offset);
  // Keeps a body that was made of a record of this form, with the body at `base` if it has one.
  void keep(uint64_t offset, const Made& made, const PackedBody& packed);

  LruCache<uint64_t, Made> cache_{kCacheBytesMax};
  LruCache<uint64_t, Made> old_{kOldBytesMax};  // Bodies that few records need from here on.
  BytesPool pool_;
  ZstdDecompressor zstd_;
};

}  // namespace theater::log
