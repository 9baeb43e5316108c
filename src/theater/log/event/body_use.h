// What a log must know of a detached payload to keep its bytes well: what it resembles, and who may
// need it.
#pragma once

#include "theater/base/hash.h"
#include "theater/log/event/bodies.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace theater::log {

// Whether a log must keep the bytes of a payload.
enum class KeepBytes : uint8_t {
  kAlways,
  // Until the receiver has them on record: a crash before that makes them needed once more.
  kUntilTaken,
  kNever,  // A replay makes them again.
};

struct BodyUse {
  // Payloads of one actor with the same series tend to resemble the one before.
  uint64_t series = 0;
  // Whether the component made the payload (O), so that a replay makes it again.
  bool is_output = false;
  // Whether another actor's event may cite this payload's event, and end with the same bytes.
  bool is_cited = false;
  // The event with a payload that ends with the same bytes.
  std::optional<Hash> twin;
  KeepBytes keep = KeepBytes::kAlways;

  bool operator==(const BodyUse&) const = default;
};

// Whether the component makes payload number `ordinal` of the body, in the order of
// for_each_payload().
bool is_output(const Body& body, size_t ordinal);

// The use of payload number `ordinal`. With `inputs_only` the log is to keep what the component did
// not make, and beyond that what a delivery may still need.
BodyUse body_use(const Body& body, size_t ordinal, bool inputs_only);

}  // namespace theater::log
