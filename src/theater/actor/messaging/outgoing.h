// What a host function that talks to other actors asks the binder to send.
//
// The handler only describes the message; the binder takes a place in the receiver's mailbox,
// records `sent`, and pushes, in that order.
#pragma once

#include "theater/actor/messaging/export_function.h"
#include "theater/base/bytes.h"
#include "theater/base/id.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// A call of `function` of another actor, whose one proper parameter is `payload` as list<u8>; for a
// request, or a channel to open, its id comes before. The views are into the guest's arguments, or
// live as long.
struct OutgoingMessage {
  ActorId to;
  const ExportFunction* function = nullptr;
  ByteView payload;
  // How long a request, or a channel to open, waits for its answer; none for ever.
  std::optional<uint64_t> timeout_ms = {};
};

// A message on a channel that the actor has an end of.
struct OutgoingOnChannel {
  std::string_view channel_id;
  ByteView payload;
};

// Closes such a channel.
struct OutgoingClose {
  std::string_view channel_id;
};

// The answer to a request that the actor has taken and not answered: bytes, or an error text.
struct OutgoingAnswer {
  std::string_view request_id;
  tl::expected<ByteView, std::string_view> answer;
};

// Gives such a request up; who asked gets an error.
struct OutgoingCancel {
  std::string_view request_id;
};

}  // namespace theater
