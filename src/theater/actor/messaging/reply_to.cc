#include "theater/actor/messaging/reply_to.h"

#include "theater/actor/messaging/actor_ref.h"

namespace theater {

ReplyTo::~ReplyTo() {
  if (wanted()) send({tl::unexpected(std::string("the request was dropped")), std::nullopt}, false);
}

ReplyTo& ReplyTo::operator=(ReplyTo&& other) noexcept {
  ReplyTo dropped(std::move(*this));
  to_ = std::exchange(other.to_, std::monostate{});
  slot_ = std::move(other.slot_);
  return *this;
}

void ReplyTo::answer(RequestAnswer answer) && {
  send(std::move(answer), false);
}

void ReplyTo::answer_reserved(RequestAnswer answer) && {
  send(std::move(answer), true);
}

void ReplyTo::send(RequestAnswer answer, bool reserved) {
  auto to = std::exchange(to_, std::monostate{});
  // The asker may ask again as soon as it has the answer.
  slot_ = {};
  if (auto* actor = std::get_if<Actor>(&to)) {
    actor->requester->request_answered(actor->call, std::move(answer), reserved);
  } else if (auto* callback = std::get_if<Callback>(&to)) {
    callback->answered(std::move(answer));
  }
}

}  // namespace theater
