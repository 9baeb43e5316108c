#include "theater/actor/messaging/reply_to.h"

namespace theater {

ReturnAddress::~ReturnAddress() {
  if (wanted()) send({tl::unexpected(std::string("the request was dropped")), std::nullopt}, false);
}

ReturnAddress& ReturnAddress::operator=(ReturnAddress&& other) noexcept {
  ReturnAddress dropped(std::move(*this));
  to_ = std::exchange(other.to_, std::monostate{});
  place_ = std::move(other.place_);
  return *this;
}

void ReturnAddress::answer(RequestAnswer answer) && {
  send(std::move(answer), false);
}

void ReturnAddress::answer_reserved(RequestAnswer answer) && {
  send(std::move(answer), true);
}

void ReturnAddress::send(RequestAnswer answer, bool reserved) {
  auto to = std::exchange(to_, std::monostate{});
  // Whoever has the answer may ask again at once.
  place_ = {};
  if (auto* actor = std::get_if<Actor>(&to)) {
    actor->requester->request_answered(actor->call, std::move(answer), reserved);
  } else if (auto* client = std::get_if<Client>(&to)) {
    (*client)(std::move(answer));
  }
}

}  // namespace theater
