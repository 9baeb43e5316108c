// What an actor's chain says about its HTTP requests besides their intents and outcomes, and about the
// requests to it besides their calls: the kinds of its `noted`, and their data.
#pragma once

#include "theater/log/event/peers.h"
#include "theater/wit/traits.h"
#include "theater/wit/type.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater::log {

// The record of wit/log/log.wit, interface `requests`: where a redirection led.
struct Redirect {
  uint16_t status = 0;  // Of the answer that redirected.
  std::string method;   // Of the request that followed.
  std::string url;

  bool operator==(const Redirect&) const = default;
};
BOOST_DESCRIBE_STRUCT(Redirect, (), (status, method, url))

// The kind with a Redirect, and the one with a string: the key that the node added to the request.
inline constexpr std::string_view kRedirect = "redirect";
inline constexpr std::string_view kIdempotencyKey = "idempotency-key";

// The kind of a note about a `call` by a client of the actor's HTTP server, with a string: why the
// answer of the guest was not sent.
inline constexpr std::string_view kBadAnswer = "bad-answer";

// The type of the data of such a note; none for another kind.
std::optional<wit::Type> request_note_type(std::string_view what);

// A sentence about such a note; none for another kind, and for data that is not here or no such
// value.
std::optional<std::string> request_note_text(const Noted& noted);

}  // namespace theater::log
