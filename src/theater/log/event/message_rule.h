// The one table of the forms that each kind of message has in the chains of its sender and of its
// receiver.
#pragma once

#include "theater/log/event/bodies.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace theater::log {

// A message becomes a call of its receiver. An answer or a cancel becomes `answered`.
struct MessageRule {
  // The arguments of the call, as made from the sender's.
  enum class Form : uint8_t {
    kRest,       // All but the first, which names the receiver.
    kIdAndRest,  // An id, then all but the first.
    kSame,       // All of them.
  };

  SentKind kind;
  std::string_view function;  // A function of the message server's client interface.
  Form form;

  // Whether the call may be one of the function `name`. Other interfaces may have functions of
  // their own for the message.
  bool may_call(std::string_view name) const {
    constexpr std::string_view kInterface = "theater:simple/message-server-client/";
    return !name.starts_with(kInterface) || name.substr(kInterface.size()) == function;
  }
};

inline constexpr std::array kMessageRules{
    MessageRule{SentKind::kSend, "handle-send", MessageRule::Form::kRest},
    MessageRule{SentKind::kRequest, "handle-request", MessageRule::Form::kIdAndRest},
    MessageRule{SentKind::kOpenChannel, "handle-channel-open", MessageRule::Form::kIdAndRest},
    MessageRule{SentKind::kChannelMessage, "handle-channel-message", MessageRule::Form::kSame},
    MessageRule{SentKind::kCloseChannel, "handle-channel-close", MessageRule::Form::kSame},
};

// Whether sending one counts as a message: for a budget, and as what an actor has sent. Answers are
// free, and so is closing a channel.
constexpr bool counts_as_message(SentKind kind) {
  return kind == SentKind::kSend || kind == SentKind::kRequest || kind == SentKind::kOpenChannel ||
         kind == SentKind::kChannelMessage;
}

// Null for an answer and a cancel.
inline const MessageRule* message_rule(SentKind kind) {
  const auto* found = std::find_if(kMessageRules.begin(), kMessageRules.end(),
                                   [kind](const MessageRule& rule) { return rule.kind == kind; });
  return found == kMessageRules.end() ? nullptr : found;
}

}  // namespace theater::log
