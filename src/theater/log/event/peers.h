// Who an actor has to do with: callers, addressees, parents, operators.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/event/ids_codec.h"
#include "theater/wit/alternative.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace theater::log {

// What keeps an actor's events safe.
enum class Durability { kMemory, kAsync, kSync };
BOOST_DESCRIBE_ENUM(Durability, kMemory, kAsync, kSync)

// A parent, and an event of its chain that lies before its `child` event.
struct Ancestor {
  ActorId actor;
  Hash event;

  bool operator==(const Ancestor&) const = default;
};
BOOST_DESCRIBE_STRUCT(Ancestor, (), (actor, event))

// Another actor that called, by the hash of its `sent`; or, for the message that came with the
// acceptance of a channel, of the `returned` that accepted it.
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
// Who called a guest.
using Origin = std::variant<Sender, FromClient, FromHandler, FromRuntime>;

// Another actor that something was sent to.
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
// Where something was sent. Nobody: there is no such addressee; the arguments say who was meant.
using Destination = std::variant<Peer, ToClient, ToHandler, ToNobody>;

// Bytes after the last whole group that were moved away.
struct TailRemoved {
  static constexpr std::string_view kCaseName = "tail-removed";

  uint64_t segment = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
  Hash digest;

  bool operator==(const TailRemoved&) const = default;
};
BOOST_DESCRIBE_STRUCT(TailRemoved, (), (segment, offset, length, digest))

// A damaged log that this one continues, as its last good checkpoint describes it.
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
// What was done to an actor (the first five), or to a node.
using Operation = std::variant<Pause, Resume, Shutdown, Terminate, Restart, NodeStarted,
                               NodeStopped, TailRemoved, DamageAccepted, NodeKey>;

using ByClient = wit::Alternative<"client", std::string>;
using ByActor = wit::Alternative<"actor", ActorId>;
using ByRuntime = wit::Alternative<"runtime">;
// Who did it.
using Originator = std::variant<ByClient, ByActor, ByRuntime>;

}  // namespace theater::log
