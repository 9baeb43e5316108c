// `theater send` and `theater request`: messages to an actor on a server.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <cstdint>
#include <optional>
#include <string>

namespace theater::cli {

struct SendOptions {
  ServerChoice server;
  std::string actor;
  std::string message;  // TEXT, @FILE or `-`, as written.
  std::string key;      // The idempotency key; empty for none.
  bool no_wait = false;
  bool json = false;
};

struct RequestOptions {
  ServerChoice server;
  std::string actor;
  std::string message;  // As for a send.
  std::string key;      // As for a send.
  std::optional<uint64_t> deadline_ms;
  bool json = false;
};

extern const CommandOf<SendOptions> kSendCommand;
extern const CommandOf<RequestOptions> kRequestCommand;

}  // namespace theater::cli
