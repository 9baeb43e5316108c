#include "theater/actor/messaging/message.h"

#include "theater/base/check.h"
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

Bytes request_params(std::string_view id, ByteView payload) {
  Bytes params;
  params.reserve(2 * kLengthSizeMax + id.size() + payload.size());
  wit::encode_params(params, id, payload);
  return params;
}

Bytes close_params(std::string_view channel_id) {
  Bytes params;
  wit::encode_params(params, channel_id);
  return params;
}

std::string_view id_of(const Message& message) {
  wit::ByteReader reader(message.params);
  Result<std::string_view> id = reader.read_string();
  THEATER_CHECK(id.has_value(), "{} takes no id", message.function->name.to_string());
  return *id;
}

}  // namespace theater
