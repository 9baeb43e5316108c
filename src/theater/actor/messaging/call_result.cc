#include "theater/actor/messaging/call_result.h"

#include "theater/base/check.h"
#include "theater/wit/traits.h"

namespace theater {

namespace {

template <class T>
T sure(Result<T> read) {
  THEATER_CHECK(read.has_value(), "a result that the engine has checked does not decode: {}",
                read.error().to_string());
  return *std::move(read);
}

log::StateChange keep_state(const CallReturn& returned, std::optional<Bytes>& state) {
  if (!returned.state) {
    if (!state) return log::StateUnchanged{};
    state.reset();
    return log::StateCleared{};
  }
  if (state && as_text(*state) == as_text(*returned.state)) return log::StateUnchanged{};
  if (!state) state.emplace();
  state->assign(returned.state->begin(), returned.state->end());
  return log::StateSet{log::content_of(*state)};
}

}  // namespace

CallReturn read_call_return(ByteView bytes) {
  wit::ByteReader reader(bytes);
  CallReturn read;
  read.is_error = sure(reader.read_byte()) == 1;
  if (read.is_error) {
    read.error = reader.rest();
    read.error_text = sure(reader.read_string());
    return read;
  }
  read.state = sure(wit::decode_from<std::optional<ByteView>>(reader));
  read.results = reader.rest();
  return read;
}

log::Returned returned_body(const CallReturn& returned, std::optional<Bytes>& state) {
  log::Returned body;
  if (returned.is_error) {
    body.result = log::CallError{log::borrowed_payload(returned.error)};
  } else {
    body.result = log::CallOk{log::borrowed_payload(returned.results)};
    body.state = keep_state(returned, state);
  }
  return body;
}

void write_call_arguments(Bytes& out, const std::optional<Bytes>& state, ByteView params) {
  out.clear();
  wit::encode_to(out, state);
  append(out, params);
}

}  // namespace theater
