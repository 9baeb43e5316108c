// The end of a node that keeps its actors: the actor stays in the log as it is, and the next node
// recovers it.
//
// No turn runs any more. An end that was requested in time is recorded, because the caller has no
// other sign of it. Everything else that waits is dropped, as if the node had been lost.
#include "theater/actor/cell/cell.h"

#include <utility>

namespace theater {

namespace {

void refuse(ReplyTo to, const Error& why) {
  RequestAnswer answer;
  answer.result = tl::unexpected(why.message());
  std::move(to).answer(std::move(answer));
}

}  // namespace

void ActorCell::leave(const Error& why) {
  if (life_.has_ended()) return;
  recorder_.begin_turn(services_.clock.wall_us());
  mailbox_.take_urgent(requests_.taken(), completed_);
  requests_.leave(why);
  completed_.clear();
  for (ReplyTo& open : open_requests_.take_all())
    refuse(std::move(open), why);
  if (incarnation_) refuse(std::move(incarnation_->message().reply), why);
  for (Message& message : mailbox_.drop())
    refuse(std::move(message.reply), why);
  if (auto report = std::exchange(spec_.on_started, nullptr)) report(why);
  children_.leave();
  (void)channels_.take_all();
  limits_.end_call();
  limits_.end();
  if (incarnation_) incarnation_->binder().leave();
  incarnation_.reset();
  down_.reset();
  // The parent may have a link to the actor.
  spec_.parent.reset();
  spec_.on_ended = nullptr;
}

}  // namespace theater
