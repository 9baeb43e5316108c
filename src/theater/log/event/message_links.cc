#include "theater/log/event/message_links.h"

namespace theater::log {

void MessageLinks::take(const Hash* sent) {
  if (sent == nullptr) return;
  open_.erase(*sent);
  expected_.erase(*sent);
}

const ActorId* MessageLinks::expected(const Hash& sent) const {
  auto found = expected_.find(sent);
  return found == expected_.end() ? nullptr : &found->second;
}

void MessageLinks::give_expected(const GivenMessage& message) {
  give(message);
  expected_.erase(message.sent);
}

void MessageLinks::settle() {
  for (const auto& [sent, message] : open_)
    expected_.erase(sent);
}

}  // namespace theater::log
