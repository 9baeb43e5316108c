// What a guest's export answered, read in place from its value bytes:
// result<tuple<option<list<u8>>[, tuple<R>]>, string>.
#pragma once

#include "theater/base/bytes.h"
#include "theater/log/event/bodies.h"

#include <optional>
#include <string_view>

namespace theater {

struct CallReturn {
  bool is_error = false;
  // Of a success: the state to keep, none for no state, and value bytes of the tuple of the
  // results.
  std::optional<ByteView> state;
  ByteView results;
  // Of an error: value bytes of the string, and its text.
  ByteView error;
  std::string_view error_text;
};

// `bytes` is a value of that type, which the engine has checked; another is a bug and aborts.
CallReturn read_call_return(ByteView bytes);

// The event of such a return, and what becomes of the actor's `state`: unchanged after an error, or
// if the state to keep is present or absent as before, with the same bytes; else cleared or set.
// The payload borrows from what `returned` was read from.
log::Returned returned_body(const CallReturn& returned, std::optional<Bytes>& state);

// Value bytes of (state, params): the arguments of a call, replacing what is in `out`.
void write_call_arguments(Bytes& out, const std::optional<Bytes>& state, ByteView params);

}  // namespace theater
