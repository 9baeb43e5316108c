#include "theater/handlers/http_client/stream_holdings.h"

#include "theater/base/check.h"
#include "theater/handlers/http_client/http_values.h"

#include <cstdint>
#include <tuple>
#include <variant>

namespace theater {

void StreamHoldings::take(std::string_view function, ByteView arguments, ByteView result) {
  if (function == "open") return open_.add_made(result);
  auto cancelled = wit::decode<std::tuple<uint64_t>>(arguments);
  THEATER_CHECK(cancelled.has_value(), "{}", cancelled.error().to_string());
  open_.remove(std::get<0>(*cancelled));
}

void StreamHoldings::take_callback(std::string_view, ByteView params) {
  auto told = wit::decode<std::tuple<uint64_t, StreamEvent>>(params);
  THEATER_CHECK(told.has_value(), "{}", told.error().to_string());
  const auto& [id, event] = *told;
  bool is_last =
      std::holds_alternative<StreamEnd>(event) || std::holds_alternative<StreamFailed>(event);
  if (is_last) open_.remove(id);
}

}  // namespace theater
