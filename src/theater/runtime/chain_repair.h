// What is recorded in the chain of an actor whose node was lost, before it goes on or is ended.
#pragma once

#include "theater/actor/cell/node_services.h"
#include "theater/actor/cell/recorder.h"
#include "theater/actor/supervision/budget_use.h"
#include "theater/log/recovery/open_actor.h"
#include "theater/manifest/manifest.h"

namespace theater {

// For one actor that nobody runs. Not thread-safe.
class ChainRepair {
 public:
  // Goes on where the actor stands, in a world with a log; `chain` are its newest events, if
  // anybody needs them in memory. `use` takes what is recorded; it is null if no budget counts it.
  // All but `chain` outlive the object.
  ChainRepair(NodeServices& services, const log::OpenActor& open_actor, const Manifest& manifest,
              BudgetUse* use);
  ChainRepair(NodeServices& services, const log::OpenActor& open_actor, const Manifest& manifest,
              BudgetUse* use, log::Chain chain);

  // A call in progress, or a start, was lost with the node: nobody knows what became of its
  // intents, and its requests have no answer.
  void close_call();

  // What came too late, or belonged to a channel, comes to nothing: channels end with the node.
  void discard_answers();
  // The same of everything that is undelivered.
  void discard_all();

  // The end of a child, and its use of budgets, if there is any to add.
  void end_child(log::ChildEnded body, const log::HeldBudget& used);
  // The use of a child whose end, at that position, is on record without it.
  void add_child_use(uint64_t about, const log::HeldBudget& used);

  Hash record(log::Body body);
  const Hash& head() const { return recorder_.chain().head(); }
  log::Chain take_chain() && { return std::move(recorder_).take_chain(); }

 private:
  // An answer is late, anything else came to nothing for this reason.
  void discard(const log::Undelivered& open, log::DiscardReason why);

  const log::OpenActor& open_actor_;
  BudgetUse* const use_;
  Recorder recorder_;
};

// Whether something undelivered of this kind becomes a call after all.
bool is_redelivered(log::SentKind kind);

}  // namespace theater
