// Closes the chain of an actor whose node was lost, before the actor resumes or recovery ends it.
#pragma once

#include "theater/actor/cell/node_services.h"
#include "theater/actor/cell/recorder.h"
#include "theater/actor/supervision/budget_use.h"
#include "theater/log/recovery/open_actor.h"
#include "theater/manifest/manifest.h"

namespace theater {

// For one actor that no worker runs. Not thread-safe.
class ChainRepair {
 public:
  // Continues at the actor's position, in a node with a log. `chain` has its newest events, if a
  // reader needs them in memory. `use` takes each recorded event; it is null if no budget counts
  // them. All but `chain` outlive the object.
  ChainRepair(NodeServices& services, const log::OpenActor& open_actor, const Manifest& manifest,
              BudgetUse* use);
  ChainRepair(NodeServices& services, const log::OpenActor& open_actor, const Manifest& manifest,
              BudgetUse* use, log::Chain chain);

  // Ends a call in progress, or a start, that was lost with the node: the outcomes of its intents
  // are unknown, and its requests have no answer.
  void close_call();

  // Discards answers that came too late, and messages of channels, which end with the node.
  void discard_answers();
  // Discards everything that is undelivered.
  void discard_all();

  // Records the end of a child, and its use of budgets, if there is any to add.
  void end_child(log::ChildEnded body, const log::HeldBudget& used);
  // Records the use of a child whose end, at position `about`, is on record without it.
  void add_child_use(uint64_t about, const log::HeldBudget& used);

  Hash record(log::Body body);
  const Hash& head() const { return recorder_.chain().head(); }
  log::Chain take_chain() && { return std::move(recorder_).take_chain(); }

 private:
  // Discards an answer as late, and anything else for this reason.
  void discard(const log::Undelivered& open, log::DiscardReason why);

  const log::OpenActor& open_actor_;
  BudgetUse* const use_;
  Recorder recorder_;
};

// Whether recovery still delivers a message of this kind.
bool is_redelivered(log::SentKind kind);

}  // namespace theater
