// What guests of the desk often do when they are called.
#pragma once

#include "theater/actor/testing/probe_handler.h"
#include "theater/actor/testing/scripted_guest.h"

#include <optional>
#include <string>
#include <tuple>

namespace theater::testing {

// What `on_request` answers with: none if it answers later.
using MaybeAnswer = std::optional<Bytes>;

// The parameters of `on_message`,
inline Bytes message_bytes(Play& play) {
  return std::get<0>(play.params<Bytes>());
}
// and of `on_request`.
inline std::string request_id(Play& play) {
  return std::get<0>(play.params<std::string, Bytes>());
}
inline Bytes request_bytes(Play& play) {
  return std::get<1>(play.params<std::string, Bytes>());
}

// Answers a request with what it was asked.
inline void echo(Play& play) {
  play.finish(play.state(), MaybeAnswer(request_bytes(play)));
}

// Passes a request on to `to`, and answers with what it was told, or with "failed: <why>".
inline Script ask(const ActorId& to) {
  return [to](Play& play) {
    play.call_waiting<Answered>(
        kDesk, "request",
        [state = play.state()](Play& then, Answered answer) {
          then.finish(state, MaybeAnswer(answer ? *answer : to_bytes("failed: " + answer.error())));
        },
        to.to_string(), request_bytes(play));
  };
}

}  // namespace theater::testing
