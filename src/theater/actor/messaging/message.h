// A call that waits to be made: what travels from a sender to an actor's mailbox.
#pragma once

#include "theater/actor/messaging/export_function.h"
#include "theater/actor/messaging/reply_to.h"
#include "theater/base/bytes.h"
#include "theater/log/event/peers.h"

#include <atomic>
#include <memory>

namespace theater {

// Set by a sender that no longer wants its call. Shared with the sender.
using Withdrawn = std::shared_ptr<const std::atomic<bool>>;

// Move-only value. Its function is named by address: handlers, which own their functions, outlive
// every message.
struct Message {
  const ExportFunction* function = nullptr;
  Bytes params;  // Value bytes of the tuple of the parameters proper.
  log::Origin from = log::FromRuntime{};
  ReplyTo reply;
  // Of a handler's call; null for one that stands. A call that is withdrawn before it begins never
  // begins: its reply gets an error, and nothing is on record.
  Withdrawn withdrawn = {};

  bool is_withdrawn() const {
    return withdrawn != nullptr && withdrawn->load(std::memory_order_relaxed);
  }

  // What it counts against a mailbox's bound in bytes.
  size_t size() const { return params.size(); }
};

// Value bytes of the parameter tuples of a message, (list<u8>); of what has an id, a request or
// something on a channel, (string, list<u8>); and of the end of a channel, (string).
Bytes message_params(ByteView payload);
Bytes request_params(std::string_view id, ByteView payload);
Bytes close_params(std::string_view channel_id);

// The id that such parameters begin with.
std::string_view id_of(const Message& message);

}  // namespace theater
