// The handler `message-server`: messages, requests and channels between actors.
//
// It says what is to be sent; places in mailboxes, records and answers are the binder's business.
// See README.md in this folder.
#pragma once

#include "theater/actor/handler/handler.h"

namespace theater {

// `handle-send(bytes)` and `handle-request(id, bytes) -> option<bytes>` of
// theater:simple/message-server-client: what a message and a request call in an actor, whoever
// sends them. They exist as long as the program.
const ExportFunction& handle_send_function();
const ExportFunction& handle_request_function();
// `handle-channel-open`, `-message` and `-close` of the same interface: what a channel calls.
const ChannelFunctions& channel_functions();

// Safe from any thread.
class MessageServerHandler final : public Handler {
 public:
  MessageServerHandler();

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
};

}  // namespace theater
