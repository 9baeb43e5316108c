// Reads the head of an answer, on the client's side.
#pragma once

#include "theater/base/result.h"
#include "theater/net/body_decoder.h"
#include "theater/net/http_message.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace theater {

struct AnswerHead {
  HttpAnswer answer;  // Without its body.
  BodyFraming framing = BodyFraming::kNone;
  uint64_t length = 0;  // With BodyFraming::kLength.
  bool keeps_alive = false;
};

// The most bytes of a head that a client takes.
inline constexpr size_t kAnswerHeadBytesMax = size_t{64} << 10;

// Reads a whole head with its empty line. `method` is the one of the request, because the answer to
// HEAD has no body. Fails with kCorrupt. Safe from any thread.
Result<AnswerHead> parse_answer_head(std::string_view head, std::string_view method);

}  // namespace theater
