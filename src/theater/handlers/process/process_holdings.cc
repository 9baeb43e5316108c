#include "theater/handlers/process/process_holdings.h"

#include "theater/base/check.h"
#include "theater/wit/traits.h"

#include <cstdint>
#include <tuple>

namespace theater {

void ProcessHoldings::take(std::string_view, ByteView, ByteView result) {
  running_.add_made(result);
}

void ProcessHoldings::take_callback(std::string_view, ByteView params) {
  auto told = wit::decode<std::tuple<uint64_t, int32_t>>(params);
  THEATER_CHECK(told.has_value(), "{}", told.error().to_string());
  running_.remove(std::get<0>(*told));
}

}  // namespace theater
