// What a supervisor does when one of its children goes down: the whole of the rule, and nothing
// else.
//
// An object of this class knows the children of one supervisor in the order of their start, is told
// what happens to them, and answers each event with steps that its owner takes. It has neither
// threads nor a clock: time is a parameter, and a wait is a step. The rules are those of an
// Erlang/OTP supervisor, except for what docs/decisions/0009-supervision.md names.
//
// A child is restarted in a round: those that the strategy wants are stopped, the last one first,
// each when the one after it is down; then there is a wait, if the child has failed before; then
// all are started, the first one first, each when the one before it is up. Under one-for-one every
// child has rounds of its own. Under the other strategies there is one round at a time: what fails
// in it by itself waits until it is over, and is forgotten if the round has restarted it.
#pragma once

#include "theater/base/id.h"
#include "theater/manifest/supervision.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

namespace theater {

// Not thread-safe.
class Supervision {
 public:
  // Of one monotonic clock.
  using Time = std::chrono::microseconds;

  // Why a child is down.
  enum class Down : uint8_t {
    kFailed,
    kCompleted,  // It ended itself.
    kAsked,      // A step said so.
  };

  struct Step {
    enum class What : uint8_t {
      kStop,      // End its instance gracefully; `down` follows, or `gone`.
      kRemove,    // The same for good: `gone` follows.
      kWait,      // Call `due` of it when `delay` has passed, unless it is started before.
      kStart,     // Give it a fresh incarnation; `up`, `down` or `gone` follows.
      kRelease,   // It is down for good and no child any longer: let it end.
      kEscalate,  // There were too many restarts, the last for this child. The supervisor fails.
    };
    What what = What::kStart;
    ActorId child;
    Time delay{0};

    bool operator==(const Step&) const = default;
  };
  using Steps = std::vector<Step>;

  explicit Supervision(const SupervisionRules& rules) : rules_(rules) {}

  // A child that is being started for the first time. It is the last in the order.
  void add(const ActorId& child, RestartKind kind);

  // It runs.
  Steps up(const ActorId& child, Time now);
  // It runs no longer, and waits for what becomes of it.
  Steps down(const ActorId& child, Down how, Time now);
  // A wait is over. Does nothing if that wait was given up.
  Steps due(const ActorId& child, Time now);
  // It has ended for good, by whatever hand, and is not a child any longer.
  Steps gone(const ActorId& child, Time now);
  // Restarts this child alone on request, whatever its kind, without a wait. Does not count as a
  // failure. If the child is being restarted or started already, only ends its wait.
  Steps restart(const ActorId& child, Time now);

  // The supervisor fails: there is nothing but kRelease from here on.
  bool given_up() const { return given_up_; }

  // How long the wait is before the restart after that many failures in a row.
  static Time delay_after(const SupervisionRules& rules, uint32_t failures);

 private:
  enum class State : uint8_t { kStarting, kUp, kStopping, kDown };
  struct Child {
    ActorId id;
    RestartKind kind = RestartKind::kTemporary;
    State state = State::kStarting;
    Down how = Down::kFailed;      // Of kDown.
    std::optional<Time> up_since;  // None if it did not come up the last time.
    Time down_at{0};
    uint32_t failures = 0;  // In a row.
  };
  struct Round {
    enum class Phase : uint8_t { kStopping, kWaiting, kStarting };
    Phase phase = Phase::kStopping;
    ActorId trigger;
    Time delay{0};
    std::vector<ActorId> members;     // In the order of the children.
    std::list<ActorId> to_start;      // Of kStarting: those that are not.
    std::optional<ActorId> starting;  // And the one that is.
  };

  Child* find(const ActorId& id);
  // The one that it is a member of; null if there is none.
  Round* round_of(const ActorId& id);
  // The children to restart with it; ends the rounds that they are members of.
  std::vector<ActorId> members_for(const Child& child);
  bool is_group() const { return rules_.strategy != Strategy::kOneForOne; }
  static bool comes_back(const Child& child);
  bool count_restart(Time now);
  void begin(Child& child, Time now, Steps& steps);
  void begin_round(const ActorId& trigger, std::vector<ActorId> members, Time delay, Time now,
                   Steps& steps);
  // Does what can be done of it now. `round` may be destroyed by it.
  void advance(Round& round, Time now, Steps& steps);
  // Whether all its members are down; if not, it has a step for the next.
  bool stop_members(Round& round, Steps& steps);
  void end_round(const Round& round);
  void take_waiting(Time now, Steps& steps);

  SupervisionRules rules_;
  // Lists, because most actors have no children, and an empty list has no memory of its own.
  std::vector<Child> children_;  // In the order of their start.
  std::list<Round> rounds_;
  std::list<ActorId> waiting_;  // Went down during a round that they had no part in.
  std::list<ActorId> asked_;    // To be restarted when the rounds are over.
  std::list<Time> restarts_;    // Of the last period.
  bool given_up_ = false;
};

}  // namespace theater
