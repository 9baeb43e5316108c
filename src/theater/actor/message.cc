#include "theater/actor/message.h"

#include "theater/wit/traits.h"

namespace theater {

namespace {

constexpr size_t kLengthSizeMax = 5;

}  // namespace

Bytes message_params(ByteView payload) {
  Bytes params;
  params.reserve(kLengthSizeMax + payload.size());
  wit::encode_params(params, payload);
  return params;
}

Bytes request_params(std::string_view request_id, ByteView payload) {
  Bytes params;
  params.reserve(2 * kLengthSizeMax + request_id.size() + payload.size());
  wit::encode_params(params, request_id, payload);
  return params;
}

}  // namespace theater
