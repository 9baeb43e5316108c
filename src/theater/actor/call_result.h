// What a guest's export answered, read in place from its value bytes:
// result<tuple<option<list<u8>>[, tuple<R>]>, string>.
#pragma once

#include "theater/base/bytes.h"

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

// Value bytes of (state, params): the arguments of a call, replacing what is in `out`.
void write_call_arguments(Bytes& out, const std::optional<Bytes>& state, ByteView params);

}  // namespace theater
