// Turns the bytes of a connection into requests, one after another.
//
// The parser does no input or output. Its owner feeds it what has come, and learns whether a head,
// or a whole request, is complete. A head first passes the strict check of request_head.h; then
// Beast parses it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/net/body_decoder.h"
#include "theater/net/http_limits.h"
#include "theater/net/http_message.h"
#include "theater/net/request_head.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace theater {

// What a head says about its connection.
struct HeadFacts {
  bool keeps_alive = false;
  bool expects_continue = false;
  BodyFraming framing = BodyFraming::kNone;
  uint64_t length = 0;  // With BodyFraming::kLength.
};

// Not thread-safe.
class RequestParser {
 public:
  enum class State : uint8_t {
    kHead,      // The head has not ended.
    kHeadRead,  // The head is there; begin_body() must be called.
    kBody,      // The body has not ended.
    kDone,      // take() gives the request.
    kRefused,   // refusal() says why; no byte after it has a meaning.
  };

  // With TargetForm::kProxy the target stays as it was sent.
  explicit RequestParser(const HttpLimits& limits, TargetForm form = TargetForm::kServer)
      : limits_(limits), form_(form) {}

  // Takes what it can off the front of `input`; the rest must be fed again, with more behind it.
  // Stops at the end of a head and at the end of a request.
  State feed(ByteView& input);
  State state() const { return state_; }

  // In kHeadRead: the request without its body, and what its head says.
  const HttpRequest& head() const { return request_; }
  const HeadFacts& facts() const { return facts_; }
  // In kHeadRead: continues with the body, of `body_bytes_max` bytes at most. A body that states a
  // larger size is refused at once.
  State begin_body(uint64_t body_bytes_max);

  // In kDone: the request. The parser is then ready for the next.
  HttpRequest take();

  const HttpRefusal& refusal() const { return refusal_; }
  // Whether a part of a request has come.
  bool has_begun() const { return state_ != State::kHead || searched_ > 0; }

 private:
  State refuse(HttpRefusal refusal);
  State read_head(std::string_view head);

  const HttpLimits& limits_;
  const TargetForm form_;
  State state_ = State::kHead;
  size_t searched_ = 0;  // Bytes of the head in which its end is not.
  HttpRequest request_;
  HeadFacts facts_;
  BodyDecoder body_;
  uint64_t body_bytes_max_ = 0;
  HttpRefusal refusal_;
};

}  // namespace theater
