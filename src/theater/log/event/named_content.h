// Content that an event names by its digest: a manifest, a component, a state. The event does not
// hold it; a blob store or an export does.
#pragma once

#include "theater/base/hash.h"
#include "theater/log/event/bodies.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace theater::log {

struct NamedContent {
  std::string_view what;  // "manifest", "component" or "state".
  Hash digest;
  std::optional<uint64_t> length = std::nullopt;  // None if the event does not state it.
  bool is_state = false;
};

// What the body names, in the order of its fields.
std::vector<NamedContent> named_content(const Body& body);

// Knows which state follows from the events before it: the one that the last call with a `set`
// left. A replay computes this state, so nothing is lost without its bytes. Not thread-safe.
class ComputedState {
 public:
  // Takes the next event of the chain.
  void accept(const Body& body);
  // Whether the next event names this state after a call that left it.
  bool is(const NamedContent& named) const { return named.is_state && named.digest == last_; }

 private:
  std::optional<Hash> last_;
};

}  // namespace theater::log
