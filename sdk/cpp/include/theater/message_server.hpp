// Messages between actors: theater:simple/message-server-host and -client.
//
// A *send* is one way. A *request* is answered, by the value that handle_request returns or later
// by respond_to_request. The sender names the other by its actor id; the receiver learns the sender
// by get_caller (callers.hpp). A *channel* is open between two actors until one of them closes it or
// ends; both send on it, and what one sends arrives in that order.
//
// An actor that takes messages has the callbacks it wants of these, and
// THEATER_MESSAGE_SERVER_CLIENT:
//
//   Status handle_send(std::string_view message);
//   Result<Reply> handle_request(std::string_view request_id, std::string_view message);
//   Result<ChannelAccept> handle_channel_open(std::string_view id, std::string_view message);
//   Status handle_channel_message(std::string_view id, std::string_view message);
//   Status handle_channel_close(std::string_view id);
//
// The views live until the callback returns. Without handle_send or handle_request such a message
// gets an error, without handle_channel_open a channel is refused, and the others are ignored.
#pragma once

#include "theater/actor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Sends a message. It is in the other's mailbox when this returns; a full mailbox is an error.
Status send(std::string_view actor_id, std::string_view message);

// Sends a request and waits for the answer; meanwhile this actor takes nothing else. An error is
// the other's own, or says that there is no answer to wait for.
Result<std::string> request(std::string_view actor_id, std::string_view message);

// The requests that this actor has taken with `later` and not answered yet.
std::vector<std::string> list_outstanding_requests();

// Answers such a request.
Status respond_to_request(std::string_view request_id, std::string_view response);

// Gives such a request up; who asked gets an error.
Status cancel_request(std::string_view request_id);

// Asks an actor to open a channel, with a first message, and waits for its decision; meanwhile this
// actor takes nothing else. The channel's id. A message that the other adds to its acceptance
// comes as the first handle_channel_message.
Result<std::string> open_channel(std::string_view actor_id, std::string_view message);

// Sends a message on a channel that this actor has opened or accepted.
Status send_on_channel(std::string_view channel_id, std::string_view message);

// Closes such a channel: this side is rid of it at once, and the other gets handle_channel_close.
Status close_channel(std::string_view channel_id);

}  // namespace theater

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_message_server.hpp"
#else
#include "theater/detail/native_message_server.hpp"
#endif

// At namespace scope, once, after THEATER_ACTOR(Actor).
#define THEATER_MESSAGE_SERVER_CLIENT(Actor) THEATER_DETAIL_MESSAGE_SERVER_CLIENT(Actor)
