// The parties of an event: callers, receivers, parents and operators.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/event/ids_codec.h"
#include "theater/wit/alternative.h"

#include <boost/describe.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace theater::log {

// The number of a chain in one log; 0 is the node's own. A segment has it in place of the actor's
// id.
struct ActorNumber {
  uint64_t value = 0;  // Below 2^56.

  auto operator<=>(const ActorNumber&) const = default;
};
inline constexpr ActorNumber kNodeActor{0};

// The promise that keeps an actor's events safe.
enum class Durability { kMemory, kAsync, kSync };
BOOST_DESCRIBE_ENUM(Durability, kMemory, kAsync, kSync)

// A parent, and an event of its chain before its `child` event.
struct Ancestor {
  ActorId actor;
  Hash event;

  bool operator==(const Ancestor&) const = default;
};
BOOST_DESCRIBE_STRUCT(Ancestor, (), (actor, event))

// An actor that called, and the hash of its `sent`. For the message that came with the acceptance
// of a channel, it is the hash of the `returned` that accepted the channel.
struct Sender {
  static constexpr std::string_view kCaseName = "actor";

  ActorId actor;
  Durability durability = Durability::kSync;
  Hash sent;

  bool operator==(const Sender&) const = default;
};
BOOST_DESCRIBE_STRUCT(Sender, (), (actor, durability, sent))

using FromClient = wit::Alternative<"client">;
using FromHandler = wit::Alternative<"handler">;
using FromRuntime = wit::Alternative<"runtime">;
// The caller of a guest.
using Origin = std::variant<Sender, FromClient, FromHandler, FromRuntime>;

// The actor that receives a message.
struct Peer {
  static constexpr std::string_view kCaseName = "actor";

  ActorId actor;
  Durability durability = Durability::kSync;

  bool operator==(const Peer&) const = default;
};
BOOST_DESCRIBE_STRUCT(Peer, (), (actor, durability))

using ToClient = wit::Alternative<"client">;
using ToHandler = wit::Alternative<"handler">;
using ToNobody = wit::Alternative<"nobody">;
// The receiver of a message. `nobody`: the receiver does not exist; the arguments name it.
using Destination = std::variant<Peer, ToClient, ToHandler, ToNobody>;

// Bytes after the last whole group, which the node moved away.
struct TailRemoved {
  static constexpr std::string_view kCaseName = "tail-removed";

  uint64_t segment = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
  Hash digest;

  bool operator==(const TailRemoved&) const = default;
};
BOOST_DESCRIBE_STRUCT(TailRemoved, (), (segment, offset, length, digest))

// The damaged log that this one continues, as its last good checkpoint describes it.
struct DamageAccepted {
  static constexpr std::string_view kCaseName = "damage-accepted";

  std::string origin;
  uint64_t size = 0;
  Hash root;

  bool operator==(const DamageAccepted&) const = default;
};
BOOST_DESCRIBE_STRUCT(DamageAccepted, (), (origin, size, root))

using Pause = wit::Alternative<"pause">;
using Resume = wit::Alternative<"resume">;
using Shutdown = wit::Alternative<"shutdown">;
using Terminate = wit::Alternative<"terminate">;
using Restart = wit::Alternative<"restart">;
using NodeStarted = wit::Alternative<"node-started", std::string>;
using NodeStopped = wit::Alternative<"node-stopped">;
using NodeKey = wit::Alternative<"key", Bytes>;
// An operation on an actor (the first five), or on a node.
using Operation = std::variant<Pause, Resume, Shutdown, Terminate, Restart, NodeStarted,
                               NodeStopped, TailRemoved, DamageAccepted, NodeKey>;

using ByClient = wit::Alternative<"client", std::string>;
using ByActor = wit::Alternative<"actor", ActorId>;
using ByRuntime = wit::Alternative<"runtime">;
// The party that made the operation.
using Originator = std::variant<ByClient, ByActor, ByRuntime>;

}  // namespace theater::log
