// How far the programs that an actor starts reach into the network.
//
// Three steps, each of which includes the one before it: not at all; through the node's proxy, which
// applies rules to hosts (net/forward_proxy.h); and as far as the machine itself, its own services
// included. In a grant and a manifest they are no `network`, `network = true` and `network = "host"`.
#pragma once

#include <cstdint>

namespace theater {

// Value type.
struct NetworkReach {
  enum class Kind : uint8_t { kNone, kProxy, kHost };
  Kind kind = Kind::kNone;

  static NetworkReach unrestricted() { return {Kind::kHost}; }
  bool operator==(const NetworkReach&) const = default;
};

}  // namespace theater
