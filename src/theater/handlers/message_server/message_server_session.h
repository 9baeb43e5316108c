// One actor's part of the message server: the logic of its functions.
#pragma once

#include "theater/actor/handler/session.h"
#include "theater/actor/messaging/outgoing.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Used by one actor's turn only. Owns nothing: open requests are the actor's.
class MessageServerSession final : public Session {
 public:
  // `request_timeout_ms` is for requests, and for channels to open.
  MessageServerSession(ActorContext& actor, uint64_t request_timeout_ms)
      : actor_(actor), request_timeout_ms_(request_timeout_ms) {}

  // A call of `function` of the actor that `to` names, with `payload`. The error is for the guest.
  tl::expected<OutgoingMessage, std::string> message(std::string_view to,
                                                     const ExportFunction& function,
                                                     ByteView payload) const;

  // Ids of the requests that the actor has taken and not answered, oldest first.
  std::vector<std::string> open_requests() const { return actor_.open_requests(); }

 private:
  ActorContext& actor_;
  uint64_t request_timeout_ms_;
};

}  // namespace theater
