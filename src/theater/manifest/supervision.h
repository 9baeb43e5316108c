// How an actor looks after its children: which of them are started again when one is lost, how
// often, and how long after.
//
// The rules are those of an Erlang/OTP supervisor; docs/decisions/0009-supervision.md names every
// difference. These are the values that a manifest sets; what follows from them is decided by the
// actor module's Supervision.
#pragma once

#include "theater/base/bytes.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Which children are started again when one is.
enum class Strategy : uint8_t {
  kOneForOne,   // It alone.
  kOneForAll,   // All of them.
  kRestForOne,  // It, and those that were started after it.
};

// When a child is started again.
enum class RestartKind : uint8_t {
  kPermanent,  // However it went down: it failed, or it ended itself.
  kTransient,  // Only when it failed.
  kTemporary,  // Never.
};

// With which state.
enum class RestartFrom : uint8_t {
  kInitial,    // The one that it was spawned with; `init` runs.
  kCommitted,  // The one that its last call left; `init` runs only if that is asked for.
};

// How one child is looked after. Value type.
struct ChildRules {
  static constexpr std::chrono::milliseconds kStopTimeout{5'000};

  RestartKind restart = RestartKind::kTemporary;
  RestartFrom from = RestartFrom::kInitial;
  bool init_runs = false;  // Of kCommitted.
  // How long it may take to end in good order, before it is ended by force.
  std::chrono::milliseconds stop_timeout = kStopTimeout;

  bool operator==(const ChildRules&) const = default;
};

// How all of them are. Value type.
struct SupervisionRules {
  Strategy strategy = Strategy::kOneForOne;
  // More than `restarts` within `period` are too many: then the supervisor itself fails.
  uint32_t restarts = 3;
  std::chrono::milliseconds period{5'000};
  // The first restart of a child is at once, the second this long after it went down, and each
  // further one twice as long as the one before, but never longer than the cap. A child that was up
  // for a period begins anew.
  std::chrono::milliseconds backoff{100};
  std::chrono::milliseconds backoff_max{10'000};
  // What children are that are spawned at run time.
  RestartKind spawned = RestartKind::kTemporary;

  bool operator==(const SupervisionRules&) const = default;
};

// How the node looks after the actors without a parent that it restarts, each by itself. Value type.
struct RootSupervision {
  SupervisionRules rules;  // The intensity and the back-off of each.
  // The state of a restart, and whether `init` runs in one from the committed state.
  RestartFrom from = RestartFrom::kInitial;
  bool init_runs = false;

  bool operator==(const RootSupervision&) const = default;
};

// A child that is declared, and started with its supervisor. Value type.
struct ChildEntry {
  // A member of the pool (`[http] instances`) has the manifest and the initial state of its parent,
  // and no reference to them here.
  enum class Source : uint8_t { kReference, kParent };

  std::string name;      // Distinct among those of one manifest.
  std::string manifest;  // As written (reference_text.h), and so is the initial state.
  std::optional<std::string> init_state;
  ChildRules rules;
  Source source = Source::kReference;

  bool operator==(const ChildEntry&) const = default;
};

std::string_view strategy_name(Strategy strategy);     // "one-for-one", …
std::string_view restart_kind_name(RestartKind kind);  // "permanent", …
std::optional<RestartKind> restart_kind_from_name(std::string_view name);
std::string_view restart_from_name(RestartFrom from);  // "initial", "committed".

}  // namespace theater
