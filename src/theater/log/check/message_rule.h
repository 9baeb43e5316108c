// How each kind of message stands in the chain of its sender and in that of its receiver: the one
// table of it.
#pragma once

#include "theater/log/event/bodies.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace theater::log {

// A message becomes a call of its receiver. What comes for an answer or a cancel is `answered`.
struct MessageRule {
  // What the call's arguments are.
  enum class Form : uint8_t {
    kRest,       // The sender's without the first, which names the receiver.
    kIdAndRest,  // An id, and then the same.
    kSame,       // The sender's.
  };

  SentKind kind;
  std::string_view function;  // Of the message server's client interface.
  Form form;

  // Other interfaces may have functions of their own for it.
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

// Null for an answer and a cancel.
inline const MessageRule* message_rule(SentKind kind) {
  const auto* found = std::find_if(kMessageRules.begin(), kMessageRules.end(),
                                   [kind](const MessageRule& rule) { return rule.kind == kind; });
  return found == kMessageRules.end() ? nullptr : found;
}

}  // namespace theater::log
