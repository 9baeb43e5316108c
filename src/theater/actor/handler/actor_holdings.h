// All that outlives the instances of one actor next to its state: the holdings of its handlers, and
// its use of budgets. Both follow from the actor's record.
//
// A living actor takes each event when it is recorded, and a recovery takes each event that it
// replays. `held` puts everything on record before a snapshot, so that a recovery from there needs
// no earlier event.
#pragma once

#include "theater/actor/handler/binding.h"
#include "theater/actor/handler/holdings.h"
#include "theater/actor/handler/session.h"
#include "theater/actor/supervision/budget_use.h"
#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/log/event/bodies.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Not thread-safe: only the worker that runs the actor's turn, or a recovery.
class ActorHoldings {
 public:
  // For an actor with this binding, which outlives the object.
  explicit ActorHoldings(const Binding& binding);
  // For an actor that continues with this binding in place of the one of `before`: the same,
  // without what handlers hold that this binding lacks.
  ActorHoldings(const Binding& binding, const ActorHoldings& before);
  ActorHoldings(const ActorHoldings&) = delete;
  ActorHoldings& operator=(const ActorHoldings&) = delete;

  // Takes event number `seq`. The handler whose callback ends hears whether it failed. An
  // `instance` in which `init` runs ends what handlers hold, and one of an update ends it for
  // handlers of which the new code uses no function. A `held` replaces it. Fails with kCorrupt if
  // the event is not well formed, and with kNotFound if a payload of a `held` or `noted` is not
  // inline.
  Result<void> accept(uint64_t seq, const log::Body& body);

  // Whether calls of that function of the current instance change what is held.
  bool takes(uint32_t function) const;
  // Takes a recorded call of such a function. A call that failed changes nothing.
  void take_call(uint32_t function, ByteView arguments, ByteView result);

  // The same for calls of the guest's functions.
  bool takes_callback(uint32_t function) const;
  void take_callback(uint32_t function, ByteView params);

  // The call of the guest that is in progress on record never ends, because the node was lost.
  void lose_call() { end_callback(true); }

  // The operation that puts everything on record.
  log::Held held() const;

  // Gives each session what its handler holds. `sessions` are in the order of the binding.
  void restore(std::span<const std::unique_ptr<Session>> sessions) const;

  BudgetUse& budget() { return budget_; }
  const BudgetUse& budget() const { return budget_; }

 private:
  // A function whose calls change what is held: of a handler, or else of the guest.
  struct Holder {
    std::string name;  // As function tables have it.
    const HostFunction* function = nullptr;
    const ExportFunction* callback = nullptr;
    size_t handler = 0;  // Position in the binding.
    uint32_t index = 0;  // In the current function table.
    bool is_there = false;
  };

  void end_callback(bool has_failed);
  const Holder* find(uint32_t function) const;
  const Holder* find_callback(uint32_t function) const;
  void find_functions(const std::vector<std::string>& names);
  void empty(size_t handler);
  // Whether the current instance has a function of the handler.
  bool is_used(size_t handler, const std::vector<std::string>& names) const;
  Result<void> begin(const std::vector<log::HeldPart>& parts);

  const Binding& binding_;
  std::vector<std::unique_ptr<Holdings>> holdings_;  // By handler; null for one that holds nothing.
  std::vector<Holder> holders_;
  const Holder* callback_ = nullptr;  // Of the call in progress; null if it holds nothing.
  BudgetUse budget_;
};

}  // namespace theater
