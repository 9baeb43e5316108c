// Ids that a handler holds for an actor as a debt, computed from the actor's record.
//
// What such an id names, as a process or a connection, does not outlive the instance. So nothing of
// it is restored: it owes the guest one call, which says that it has ended.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace theater {

// Reads what HeldIds::held() gave: a list<u64> in rising order. Fails with kInvalidArgument.
Result<std::vector<uint64_t>> read_held_ids(ByteView held);

// What a Holdings of such ids consists of. Not thread-safe.
class HeldIds {
 public:
  // Begins with ids that held() gave, in place of those that are there. Fails as read_held_ids().
  Result<void> begin(ByteView held);
  // Takes the recorded result of a function that answers with a new id, a result<u64, string>.
  void add_made(ByteView result);
  // Does nothing for an id that is not held.
  void remove(uint64_t id);
  // None if there is none.
  std::optional<Bytes> held() const;

 private:
  std::set<uint64_t> ids_;
};

}  // namespace theater
