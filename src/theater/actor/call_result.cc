#include "theater/actor/call_result.h"

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

void write_call_arguments(Bytes& out, const std::optional<Bytes>& state, ByteView params) {
  out.clear();
  wit::encode_to(out, state);
  append(out, params);
}

}  // namespace theater
