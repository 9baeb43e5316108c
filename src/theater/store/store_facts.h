// The user of a store, and the facts about one (content_store.h).
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/store/store_names.h"

#include <cstdint>
#include <limits>
#include <optional>

namespace theater {

// How much there may be: `stores` that one actor has made, and the rest in one store.
struct StoreQuota {
  static constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

  uint64_t stores = kUnlimited;
  uint64_t bytes = kUnlimited;
  uint64_t contents = kUnlimited;
  uint64_t labels = kUnlimited;
};

// In whose name a store is used. Whether a shared store is granted is the caller's to know.
struct StoreUser {
  std::optional<ActorId> actor;  // None: the operator, who may use any store.
  StoreQuota quota = {};
};

struct StoreFacts {
  StoreId id;
  std::optional<ActorId> owner;  // Of a private one.
  uint64_t contents = 0;
  uint64_t labels = 0;
  uint64_t bytes = 0;  // Of all contents together.
};

struct SizedContent {
  Hash digest;
  uint64_t size = 0;
};

struct LabelledContent {
  Label label;
  Hash content;
};

}  // namespace theater
