// An actor: a struct with the state it keeps and the callbacks it wants, and one macro an
// interface.
//
//   #include <theater/message_server.hpp>
//
//   struct Counter {
//     int64_t count = 0;
//     THEATER_FIELDS(count)
//
//     theater::Status init(std::string_view id);
//     theater::Status handle_send(std::string_view message);
//   };
//   THEATER_ACTOR(Counter)
//   THEATER_MESSAGE_SERVER_CLIENT(Counter)
//
// Callbacks of THEATER_ACTOR, all optional:
//
//   Status init(std::string_view actor_id);
//   Status init(std::string_view actor_id, std::string_view initial);
//
// `init` is the first call; if it returns an error the actor is not started. With one parameter the
// struct was loaded from the initial state as codec.hpp says. With two it is default-made, and
// `initial` is that state as it came, empty if there is none.
//
// The struct is made afresh for each call (see codec.hpp): a pointer, a global variable or a cache
// does not survive it, and need not: what is kept is what the chain can prove.
#pragma once

#include "theater/codec.hpp"
#include "theater/result.hpp"
#include "theater/runtime.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace theater {

// What handle_request answers with: a text now, or `later`.
using Reply = std::optional<std::string>;

// The answer comes by respond_to_request, in a later call.
inline constexpr std::nullopt_t later = std::nullopt;

// What handle_channel_open decides.
struct ChannelAccept {
  bool accepted = false;
  std::optional<std::string> message = std::nullopt;  // A first message to the opener.
};

}  // namespace theater

#include "theater/detail/callbacks.hpp"

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_exports.hpp"
#else
#include "theater/detail/native_exports.hpp"
#endif

// At namespace scope, once in a component.
#define THEATER_ACTOR(Actor) THEATER_DETAIL_ACTOR(Actor)
