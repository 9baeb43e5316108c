// The networks that a program may have.
#pragma once

#include <cstdint>

namespace theater {

enum class Network : uint8_t {
  kNone,   // It opens no socket.
  kRelay,  // One of its own, in which it reaches only the listener that the node gets.
  kHost,   // The node's.
};

// The port of that listener, on 127.0.0.1.
inline constexpr uint16_t kRelayPort = 3128;

}  // namespace theater
