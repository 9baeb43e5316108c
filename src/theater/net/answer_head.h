// The head of an answer: what a handler may say in it, and its bytes.
//
// A handler's headers may contain what a guest wrote. A line break in a value would let the guest
// write further headers, or a whole second answer. So everything is checked, and the framing of the
// answer and the state of the connection are the server's own.
#pragma once

#include "theater/base/result.h"
#include "theater/net/http_message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// Fails with kInvalidArgument for a status outside of 200 to 599, a header that is not well formed,
// a header that belongs to the connection (Content-Length, Transfer-Encoding, Connection, Upgrade
// and the like), and a body with a status that has none. Safe from any thread.
Result<void> check_answer(const HttpAnswer& answer);

// Whether answers of this status have no body by definition (204 and 304).
bool has_no_body(int status);

// How an answer goes out on its connection.
struct AnswerFraming {
  std::optional<uint64_t> length;  // Content-Length; nothing for a body without a stated length.
  bool is_chunked = false;         // Transfer-Encoding: chunked.
  bool closes = false;             // Connection: close.
  bool says_keep_alive = false;    // Connection: keep-alive, for HTTP/1.0.
  std::string_view date;           // Value of Date; empty for none.
};

// Appends the head with its empty line to `out`. `answer` has passed check_answer().
void append_answer_head(std::string& out, const HttpAnswer& answer, const AnswerFraming& framing);

}  // namespace theater
