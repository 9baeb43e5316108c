// What is held for an actor whose node was lost, computed from the events that its replay takes.
#pragma once

#include "theater/actor/handler/actor_holdings.h"
#include "theater/actor/supervision/budget_use.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/event.h"
#include "theater/log/reader/log_reader.h"
#include "theater/replay/replay.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace theater {

// For one replay, on one thread.
class RecoveredHoldings final : public replay::Listener {
 public:
  // For an actor with this binding, which outlives what is taken.
  explicit RecoveredHoldings(const Binding& binding)
      : holdings_(std::make_unique<ActorHoldings>(binding)) {}

  // The replay begins after this event, the `held` before a snapshot. Fails with kCorrupt, naming
  // the event, if it is no `held` or not well formed.
  Result<void> begin_after(const log::Event& event);

  // Fail with kCorrupt, naming the event, if it is not well formed, and with kNotFound if bytes
  // that are needed were removed.
  Result<void> replayed(const replay::RecordedEvent& event) override;
  Result<void> computed(const replay::RecordedEvent& event, const log::Payload& payload,
                        ByteView bytes) override;

  std::unique_ptr<ActorHoldings> take() { return std::move(holdings_); }

 private:
  Result<void> take_inputs(const replay::RecordedEvent& event);

  std::unique_ptr<ActorHoldings> holdings_;
  std::optional<uint32_t> effect_;  // The function of the newest `intent`.
};

// The use of budgets by an actor, read from its whole chain, or from the events before `end`. For
// an actor that is not replayed. Fails as the reader does, or as BudgetUse::accept().
Result<BudgetUse> read_budget_use(const log::LogReader& reader, const ActorId& actor,
                                  std::optional<uint64_t> end = std::nullopt);

}  // namespace theater
