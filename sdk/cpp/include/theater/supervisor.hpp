// Starting, stopping and watching other actors, the caller's children: theater:simple/supervisor
// and -handlers.
//
//   Result<std::string> id = spawn_child("workers/manifest.toml", R"({"part": 7})");
//   if (!id) return fail(id.error());
//
// A child ends when its parent does. The manifest must list the handler `supervisor`.
//
// An actor that wants to hear how its children end has the callbacks it wants of these, and
// THEATER_SUPERVISOR_HANDLERS:
//
//   Status handle_child_error(std::string_view child_id, const ActorError& error);
//   Status handle_child_exit(std::string_view child_id, std::optional<std::string_view> data);
//   Status handle_child_external_stop(std::string_view child_id);
//
// The first is called when a child has failed, the second when it has ended itself by `shutdown`,
// with its data, the third when somebody else than this actor stopped it. A spawn that fails and a
// stop_child are answered, and are no calls of these. The views live until the callback returns.
#pragma once

#include "theater/actor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Starts a child and waits until its `init` has returned; meanwhile this actor takes nothing else.
// Answers with its id, or why there is none. `manifest` is the path of a manifest, or its text;
// files are read under this actor's own filesystem grant. `init_bytes` is the child's initial
// state: JSON goes over that of its manifest.
Result<std::string> spawn_child(std::string_view manifest,
                                std::optional<std::string_view> init_bytes = std::nullopt);

// Starts a child that goes on from a state that an actor of its kind has left, such as the one of
// get_child_state: `state` is taken as it is, and its `init` does not run.
Result<std::string> resume_child(std::string_view manifest, std::optional<std::string_view> state);

// Gives a child a fresh instance when its current call has returned, and answers when it is up
// again. Its id stays, and its state is as its supervision says: the initial one, if it says
// nothing.
Status restart_child(std::string_view child_id);

// Ends a child when its current call has returned, and answers when it has ended.
Status stop_child(std::string_view child_id);

// The ids of the children that have not ended, oldest first.
std::vector<std::string> list_children();

// The state that a child, or an actor below one, keeps: bytes as its codec writes them.
Result<std::optional<std::string>> get_child_state(std::string_view child_id);

// An event of a chain with whole hashes.
struct ChainEvent {
  std::string hash;                        // 32 bytes.
  std::optional<std::string> parent_hash;  // None for the first event of a chain.
  std::string event_type;
  std::string data;        // What happened, as JSON.
  uint64_t timestamp = 0;  // Milliseconds since 1970-01-01 UTC.
  std::optional<std::string> description;

  bool operator==(const ChainEvent&) const = default;
};

// The newest events of a child, or of an actor below one, oldest first; also for a while after its
// end. All that the node has at hand, or an error if they do not fit this actor's payload limit.
Result<std::vector<ChainEvent>> get_child_events(std::string_view child_id);

// Why an actor failed.
enum class ActorErrorType : uint8_t {
  kOperationTimeout,
  kChannelClosed,
  kShuttingDown,
  kFunctionNotFound,
  kTypeMismatch,
  kInternal,  // It trapped, hit a limit or could not start: `data` is the reason as text.
  kSerializationError,
  kUpdateComponentError,
  kPaused,
};

struct ActorError {
  ActorErrorType type = ActorErrorType::kInternal;
  std::optional<std::string_view> data;
};

}  // namespace theater

#include "theater/detail/child_callbacks.hpp"

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_supervisor.hpp"
#else
#include "theater/detail/native_supervisor.hpp"
#endif

// At namespace scope, once, after THEATER_ACTOR(Actor).
#define THEATER_SUPERVISOR_HANDLERS(Actor) THEATER_DETAIL_SUPERVISOR_HANDLERS(Actor)
