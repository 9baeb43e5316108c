// An update gives the actor new code between two calls: the old instance ends, and one of the new
// component continues from the state that the last call has left, without `init`.
//
// Sessions of the new code can only be opened when those of the old one are closed. If that fails,
// the actor resumes with its old code, and the record has an update by the runtime to that.
//
// The record has `updated`, which names the manifest and the operator's grants, and then `instance`
// with the component. The update is in effect from that `instance` on; a node that is lost between
// the two comes back with the old code. A recovery that begins at a snapshot reads no earlier
// event, so `updated` is repeated before each snapshot of the actor.
#include "theater/actor/cell/cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace theater {

// False if no update waits.
bool ActorCell::begin_update() {
  std::shared_ptr<const ActorUpdate> update = requests_.take_update();
  if (!update) return false;
  Result<void> fits = check_update(*spec_.common, *update->common);
  if (fits && !children_.empty()) {
    fits = fail(ErrorCode::kUnavailable, "actor {} cannot be updated: it has children",
                spec_.id.to_string());
  }
  if (!fits) {
    requests_.answer_update(std::move(fits).error());
    return true;
  }
  apply(LifeEvent::kCallBegan);
  drop_incarnation();
  change_code(*update);
  return true;
}

void ActorCell::change_code(const ActorUpdate& update) {
  ActorUpdate back = update_now();
  auto held = hold_on(std::make_unique<ActorHoldings>(*update.common->binding, *holdings_));
  take_code(update.common);
  auto made = make_incarnation();
  if (made) {
    leave_handlers_of(*back.common);
    return begin_instance(*std::move(made), &update);
  }
  update_failure_ = Error(ErrorCode::kUnavailable,
                          fmt::format("actor {} keeps the code that it had, because the new code "
                                      "could not be set up: {}",
                                      spec_.id.to_string(), made.error().to_string()));
  take_code(back.common);
  hold_on(std::move(held));
  leave_handlers_of(*update.common);
  made = make_incarnation();
  if (made) return begin_instance(*std::move(made), &back);
  std::string why = made.error().to_string();
  give_up_update(why);
  instance_failed(LifeEvent::kInstanceLost, std::move(why));
}

// Gives what the actor held before.
std::unique_ptr<ActorHoldings> ActorCell::hold_on(std::unique_ptr<ActorHoldings> next) {
  std::swap(holdings_, next);
  recorder_.feed(*holdings_);
  return next;
}

// Handlers that the other code has, and the current one lacks, forget the actor.
void ActorCell::leave_handlers_of(const ActorTemplate& other) {
  const auto& handlers = spec_.common->binding->handlers;
  for (const Handler* handler : other.binding->handlers) {
    if (std::find(handlers.begin(), handlers.end(), handler) == handlers.end())
      handler->actor_ended(spec_.id, other.manifest, services_.jobs);
  }
}

// The update that an actor would take to stay what it is.
ActorUpdate ActorCell::update_now() const {
  log::Updated record{spec_.common->manifest.digest, {}};
  if (spec_.root) record.grants = spec_.root->record.grants;
  return {spec_.common, updated_.value_or(std::move(record)), log::ByRuntime{}};
}

void ActorCell::record_update(log::Updated record, log::Originator by) {
  recorder_.record(log::Control{record, std::move(by)});
  updated_ = std::move(record);
}

void ActorCell::update_is_done() {
  updates_ = false;
  requests_.answer_update(std::exchange(update_failure_, std::nullopt));
  call_is_over();
}

// The instance of the update is lost before it is up.
void ActorCell::give_up_update(std::string_view why) {
  updates_ = false;
  std::string text = fmt::format("the instance of the new code was lost: {}", why);
  if (auto first = std::exchange(update_failure_, std::nullopt))
    text = fmt::format("{}; and its instance was lost too: {}", first->message(), why);
  requests_.answer_update(Error(ErrorCode::kUnavailable, std::move(text)));
}

}  // namespace theater
