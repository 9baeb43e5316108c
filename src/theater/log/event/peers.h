// The parties of an event: callers, receivers, parents and operators; and what operators did.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/event/ids_codec.h"
#include "theater/log/event/payload.h"
#include "theater/wit/alternative.h"

#include <boost/describe.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

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

// What a client asked to be done once, however often it asks.
struct Once {
  Hash key;      // SHA-256 of the client's idempotency key, with what gives the key its scope.
  Hash request;  // SHA-256 of what was asked.

  bool operator==(const Once&) const = default;
};
BOOST_DESCRIBE_STRUCT(Once, (), (key, request))

// A client that the node knows by a name: that of a token or of a user.
struct NamedClient {
  static constexpr std::string_view kCaseName = "named-client";

  std::string name;
  std::optional<Once> once;
  std::optional<std::string> trace;  // The W3C `traceparent` of the request.

  bool operator==(const NamedClient&) const = default;
};
BOOST_DESCRIBE_STRUCT(NamedClient, (), (name, once, trace))

using FromClient = wit::Alternative<"client">;
using FromHandler = wit::Alternative<"handler">;
using FromRuntime = wit::Alternative<"runtime">;
// The caller of a guest.
using Origin = std::variant<Sender, FromClient, FromHandler, FromRuntime, NamedClient>;

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

// The operator started this actor, which has no parent.
struct Started {
  static constexpr std::string_view kCaseName = "started";

  std::optional<std::string> name;  // The operator's name for it, not the manifest's.
  std::string restart;              // One of kRestartWords.
  std::vector<std::string> grants;  // Given at the start beyond the policy; sorted, each once.
  std::optional<Once> once;

  bool operator==(const Started&) const = default;
};
BOOST_DESCRIBE_STRUCT(Started, (), (name, restart, grants, once))
inline constexpr std::array<std::string_view, 3> kRestartWords{"permanent", "transient",
                                                               "temporary"};

// The actor continues with the component and the rules of another manifest.
struct Updated {
  static constexpr std::string_view kCaseName = "updated";

  Hash manifest;
  std::vector<std::string> grants;  // As in Started.

  bool operator==(const Updated&) const = default;
};
BOOST_DESCRIBE_STRUCT(Updated, (), (manifest, grants))

// A part of what is held for an actor (Held), by the name of the part's owner.
using HeldPart = std::tuple<std::string, Payload>;

// A fact that the host records in addition to what crossed the wall.
struct Noted {
  static constexpr std::string_view kCaseName = "noted";

  std::string what;               // The kind of fact, which gives `data` its meaning.
  std::optional<uint64_t> about;  // The position of the event that it belongs to.
  Payload data;

  bool operator==(const Noted&) const = default;
};
BOOST_DESCRIBE_STRUCT(Noted, (), (what, about, data))

using Pause = wit::Alternative<"pause">;
using Resume = wit::Alternative<"resume">;
using Shutdown = wit::Alternative<"shutdown">;
using Terminate = wit::Alternative<"terminate">;
using Restart = wit::Alternative<"restart">;
using NodeStarted = wit::Alternative<"node-started", std::string>;
using NodeStopped = wit::Alternative<"node-stopped">;
using NodeKey = wit::Alternative<"key", Bytes>;
// What handlers hold for the actor, and what its budgets have used: an incarnation in which `init`
// does not run begins with it. Sorted by name, each name once.
using Held = wit::Alternative<"held", std::vector<HeldPart>>;
// An operation on an actor (the first five and `started`, `updated`, `held`), on a node (the other
// five of the first ten), or on either (`noted`).
using Operation =
    std::variant<Pause, Resume, Shutdown, Terminate, Restart, NodeStarted, NodeStopped, TailRemoved,
                 DamageAccepted, NodeKey, Started, Updated, Held, Noted>;

using ByClient = wit::Alternative<"client", std::string>;
using ByActor = wit::Alternative<"actor", ActorId>;
using ByRuntime = wit::Alternative<"runtime">;
// The party that made the operation.
using Originator = std::variant<ByClient, ByActor, ByRuntime>;

}  // namespace theater::log
