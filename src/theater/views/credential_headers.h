// Headers of recorded HTTP messages that may be credentials, so that the operator learns of them before
// an export leaves the machine.
//
// A header is a tuple of two strings, its name and its value, anywhere in a detached payload that has
// a type: in requests and answers of `http-client`, in events of its streams, in requests of servers.
// A log keeps all of these beside their events, so payloads inside an event are not looked at. The
// names are those that carry credentials by a standard or by custom. Values are not looked at, so a
// placeholder of a secret counts too.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/views/event_view.h"
#include "theater/views/payload_types.h"

#include <cstdint>
#include <map>
#include <string>

namespace theater::views {

// Not thread-safe. The types outlive it.
class CredentialHeaders {
 public:
  explicit CredentialHeaders(PayloadTypes& types) : reader_(types) {}

  // Takes the next event of a chain, and its detached payloads in their order. A payload without
  // bytes, or without a type, adds nothing. Fails with kInvalidArgument if the event does not decode.
  Result<void> take(ByteView event, const Bodies& bodies);

  // The number of payloads that have each of the headers, by its name in small letters.
  const std::map<std::string, uint64_t>& found() const { return found_; }

 private:
  EventReader reader_;
  std::map<std::string, uint64_t> found_;
};

}  // namespace theater::views
