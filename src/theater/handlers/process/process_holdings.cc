#include "theater/handlers/process/process_holdings.h"

#include "theater/base/check.h"
#include "theater/wit/traits.h"

#include <tl/expected.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>

namespace theater {

Result<std::vector<uint64_t>> read_held_processes(ByteView held) {
  auto ids = THEATER_TRY(wit::decode<std::vector<uint64_t>>(held));
  if (std::ranges::adjacent_find(ids, std::greater_equal()) != ids.end())
    return fail(ErrorCode::kInvalidArgument, "the ids of processes are out of order");
  return ids;
}

Result<void> ProcessHoldings::begin(ByteView held) {
  std::vector<uint64_t> ids = THEATER_TRY(read_held_processes(held));
  running_ = std::set<uint64_t>(ids.begin(), ids.end());
  return {};
}

void ProcessHoldings::take(std::string_view, ByteView, ByteView result) {
  auto spawned = wit::decode<tl::expected<uint64_t, std::string>>(result);
  THEATER_CHECK(spawned.has_value(), "{}", spawned.error().to_string());
  if (*spawned) running_.insert(**spawned);
}

void ProcessHoldings::take_callback(std::string_view, ByteView params) {
  auto told = wit::decode<std::tuple<uint64_t, int32_t>>(params);
  THEATER_CHECK(told.has_value(), "{}", told.error().to_string());
  running_.erase(std::get<0>(*told));
}

std::optional<Bytes> ProcessHoldings::held() const {
  if (running_.empty()) return std::nullopt;
  return wit::encode(std::vector<uint64_t>(running_.begin(), running_.end()));
}

}  // namespace theater
