// The handler `message-server`: messages, requests and channels between actors.
//
// The handler names the messages of the guest; the binder takes places in mailboxes, records, and
// answers.
// See README.md in this folder.
#pragma once

#include "theater/actor/handler/handler.h"

namespace theater {

// Safe from any thread.
class MessageServerHandler final : public Handler {
 public:
  MessageServerHandler();

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
};

}  // namespace theater
