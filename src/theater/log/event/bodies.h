// The steps of an actor's life: the C++ side of wit/log/log.wit. That file explains every field,
// and whether a replay copies it (I) or computes it (O).
//
// The structs mirror the records of that file member by member; a test compares the two.
#pragma once

#include "theater/log/event/failure.h"
#include "theater/log/event/payload.h"
#include "theater/log/event/peers.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace theater::log {

// The Genesis::log_version of chains of this format.
inline constexpr uint32_t kLogVersion = 2;

// The chain begins.
struct Genesis {
  static constexpr std::string_view kCaseName = "genesis";

  uint32_t log_version = kLogVersion;
  ActorId actor;
  std::string name;
  std::optional<Ancestor> parent;
  std::optional<Hash> manifest;

  bool operator==(const Genesis&) const = default;
};
BOOST_DESCRIBE_STRUCT(Genesis, (), (log_version, actor, name, parent, manifest))

enum class InstanceReason { kStart, kRestart, kRecover, kSnapshot, kUpdate, kWake };
BOOST_DESCRIBE_ENUM(InstanceReason, kStart, kRestart, kRecover, kSnapshot, kUpdate, kWake)

// The resources that one instance may use.
struct Limits {
  uint64_t memory_bytes = 0;
  uint64_t table_elements = 0;
  uint32_t core_instances = 0;
  uint64_t payload_bytes = 0;
  uint64_t call_ticks = 0;
  uint32_t mailbox_messages = 0;
  uint32_t handles = 0;
  uint64_t log_bytes = 0;

  bool operator==(const Limits&) const = default;
};
BOOST_DESCRIBE_STRUCT(Limits, (),
                      (memory_bytes, table_elements, core_instances, payload_bytes, call_ticks,
                       mailbox_messages, handles, log_bytes))

// The actor got a fresh instance of its component.
struct Instance {
  static constexpr std::string_view kCaseName = "instance";

  InstanceReason why = InstanceReason::kStart;
  uint64_t incarnation = 0;
  Hash component;
  std::string engine;
  std::vector<std::string> functions;  // The function table (function_table.h).
  std::vector<std::string> grants;
  Limits limits;
  StateRef state;
  bool init_runs = false;

  bool operator==(const Instance&) const = default;
};
BOOST_DESCRIBE_STRUCT(Instance, (),
                      (why, incarnation, component, engine, functions, grants, limits, state,
                       init_runs))

// A call of the guest began.
struct Call {
  static constexpr std::string_view kCaseName = "call";

  uint32_t function = 0;
  Origin from = FromRuntime{};
  Payload arguments;

  bool operator==(const Call&) const = default;
};
BOOST_DESCRIBE_STRUCT(Call, (), (function, from, arguments))

using CallOk = wit::Alternative<"ok", Payload>;
using CallError = wit::Alternative<"error", Payload>;
using CallResult = std::variant<CallOk, CallError>;

using StateUnchanged = wit::Alternative<"unchanged">;
using StateCleared = wit::Alternative<"cleared">;
using StateSet = wit::Alternative<"set", Content>;
using StateChange = std::variant<StateUnchanged, StateCleared, StateSet>;

// The call returned.
struct Returned {
  static constexpr std::string_view kCaseName = "returned";

  CallResult result;
  StateChange state;

  bool operator==(const Returned&) const = default;
};
BOOST_DESCRIBE_STRUCT(Returned, (), (result, state))

// The guest called a function and got its result from outside.
struct Host {
  static constexpr std::string_view kCaseName = "host";

  uint32_t function = 0;
  Payload arguments;
  Payload result;

  bool operator==(const Host&) const = default;
};
BOOST_DESCRIBE_STRUCT(Host, (), (function, arguments, result))

// The guest called a function with a result that is fixed or follows from the chain.
struct Note {
  static constexpr std::string_view kCaseName = "note";

  uint32_t function = 0;
  Payload arguments;

  bool operator==(const Note&) const = default;
};
BOOST_DESCRIBE_STRUCT(Note, (), (function, arguments))

using RefusedPermission = wit::Alternative<"permission", std::string>;
using RefusedArgument = wit::Alternative<"argument", std::string>;
using RefusedLimit = wit::Alternative<"limit", std::string>;
using Refusal = std::variant<RefusedPermission, RefusedArgument, RefusedLimit>;

using RefusedValue = wit::Alternative<"value", Payload>;
using RefusedTrap = wit::Alternative<"trap">;
using RefusedResult = std::variant<RefusedValue, RefusedTrap>;

// The guest called a function that it may not call.
struct Refused {
  static constexpr std::string_view kCaseName = "refused";

  uint32_t function = 0;
  Payload arguments;
  Refusal why;
  RefusedResult result;

  bool operator==(const Refused&) const = default;
};
BOOST_DESCRIBE_STRUCT(Refused, (), (function, arguments, why, result))

// The guest called a function that will change the world.
struct Intent {
  static constexpr std::string_view kCaseName = "intent";

  uint32_t function = 0;
  Payload arguments;

  bool operator==(const Intent&) const = default;
};
BOOST_DESCRIBE_STRUCT(Intent, (), (function, arguments))

using OutcomeDone = wit::Alternative<"done", Payload>;
using OutcomeUnknown = wit::Alternative<"unknown", std::optional<Payload>>;
using OutcomeCancelled = wit::Alternative<"cancelled", std::optional<Payload>>;
using OutcomeResult = std::variant<OutcomeDone, OutcomeUnknown, OutcomeCancelled>;

// The outcome of the intent at the position `intent`.
struct Outcome {
  static constexpr std::string_view kCaseName = "outcome";

  uint64_t intent = 0;
  OutcomeResult result;

  bool operator==(const Outcome&) const = default;
};
BOOST_DESCRIBE_STRUCT(Outcome, (), (intent, result))

enum class SentKind {
  kSend,
  kRequest,
  kAnswer,
  kCancel,
  kOpenChannel,
  kChannelMessage,
  kCloseChannel,
};
BOOST_DESCRIBE_ENUM(SentKind, kSend, kRequest, kAnswer, kCancel, kOpenChannel, kChannelMessage,
                    kCloseChannel)

// Whether a message of this kind needs an `answered`.
inline bool wants_answer(SentKind kind) {
  return kind == SentKind::kRequest || kind == SentKind::kOpenChannel;
}

using SentAccepted = wit::Alternative<"accepted">;
using SentFailed = wit::Alternative<"failed", Payload>;
using SentResult = std::variant<SentAccepted, SentFailed>;

// The guest sent a message to another actor, or an answer to its caller.
struct Sent {
  static constexpr std::string_view kCaseName = "sent";

  uint32_t function = 0;
  Payload arguments;
  SentKind kind = SentKind::kSend;
  Destination to = ToNobody{};
  std::optional<Hash> about;
  SentResult result;

  bool operator==(const Sent&) const = default;
};
BOOST_DESCRIBE_STRUCT(Sent, (), (function, arguments, kind, to, about, result))

// The request of this actor at the position `sent` got its answer.
struct Answered {
  static constexpr std::string_view kCaseName = "answered";

  uint64_t sent = 0;
  std::optional<Hash> by;
  Payload result;

  bool operator==(const Answered&) const = default;
};
BOOST_DESCRIBE_STRUCT(Answered, (), (sent, by, result))

// The actor got a child.
struct Child {
  static constexpr std::string_view kCaseName = "child";

  ActorId actor;
  Hash genesis;

  bool operator==(const Child&) const = default;
};
BOOST_DESCRIBE_STRUCT(Child, (), (actor, genesis))

// A child ended.
struct ChildEnded {
  static constexpr std::string_view kCaseName = "child-ended";

  ActorId actor;
  Hash head;
  Ending how = EndedStopped{};

  bool operator==(const ChildEnded&) const = default;
};
BOOST_DESCRIBE_STRUCT(ChildEnded, (), (actor, head, how))

enum class DiscardReason { kLateAnswer, kCancelled, kNoSuchExport, kEnded };
BOOST_DESCRIBE_ENUM(DiscardReason, kLateAnswer, kCancelled, kNoSuchExport, kEnded)

// A message for this actor was not delivered.
struct Discarded {
  static constexpr std::string_view kCaseName = "discarded";

  Hash sent;
  DiscardReason why = DiscardReason::kEnded;

  bool operator==(const Discarded&) const = default;
};
BOOST_DESCRIBE_STRUCT(Discarded, (), (sent, why))

// A party outside operated on the actor, or on the node if this is the node's chain.
struct Control {
  static constexpr std::string_view kCaseName = "control";

  Operation operation;
  Originator by = ByRuntime{};

  bool operator==(const Control&) const = default;
};
BOOST_DESCRIBE_STRUCT(Control, (), (operation, by))

// The actor's whole state, from which it can continue without the events before.
struct Snapshot {
  static constexpr std::string_view kCaseName = "snapshot";

  StateRef state;
  std::vector<Hash> open_requests;
  std::vector<Hash> undelivered;
  uint64_t position = 0;

  bool operator==(const Snapshot&) const = default;
};
BOOST_DESCRIBE_STRUCT(Snapshot, (), (state, open_requests, undelivered, position))

// The instance was lost.
struct Failed {
  static constexpr std::string_view kCaseName = "failed";

  FailureCause why = FailedKilled{};

  bool operator==(const Failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(Failed, (), (why))

// The actor ended; no event follows.
struct Terminated {
  static constexpr std::string_view kCaseName = "terminated";

  Ending how = EndedStopped{};

  bool operator==(const Terminated&) const = default;
};
BOOST_DESCRIBE_STRUCT(Terminated, (), (how))

using Body =
    std::variant<Genesis, Instance, Call, Returned, Host, Note, Refused, Intent, Outcome, Sent,
                 Answered, Child, ChildEnded, Discarded, Control, Snapshot, Failed, Terminated>;

// The name of the body's case, such as "child-ended".
std::string_view body_name(const Body& body);

// The function that the body names, by its index in the chain's table; none if it names none.
std::optional<uint32_t> function_of(const Body& body);

}  // namespace theater::log
