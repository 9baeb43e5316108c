#include "theater/handlers/http_client/stream_holdings.h"

#include "theater/base/check.h"
#include "theater/handlers/http_client/http_values.h"

#include <tuple>
#include <variant>

namespace theater {

Result<std::vector<uint64_t>> read_held_streams(ByteView held) {
  auto streams = THEATER_TRY(wit::decode<std::vector<uint64_t>>(held));
  for (size_t i = 1; i < streams.size(); ++i) {
    if (streams[i - 1] >= streams[i]) {
      return fail(ErrorCode::kInvalidArgument, "stream {} is out of order", streams[i]);
    }
  }
  return streams;
}

Result<void> StreamHoldings::begin(ByteView held) {
  std::vector<uint64_t> streams = THEATER_TRY(read_held_streams(held));
  open_ = std::set<uint64_t>(streams.begin(), streams.end());
  return {};
}

void StreamHoldings::take(std::string_view function, ByteView arguments, ByteView result) {
  if (function == "open") {
    auto opened = wit::decode<tl::expected<uint64_t, std::string>>(result);
    THEATER_CHECK(opened.has_value(), "{}", opened.error().to_string());
    if (*opened) open_.insert(**opened);
  } else {
    auto cancelled = wit::decode<std::tuple<uint64_t>>(arguments);
    THEATER_CHECK(cancelled.has_value(), "{}", cancelled.error().to_string());
    open_.erase(std::get<0>(*cancelled));
  }
}

void StreamHoldings::take_callback(std::string_view, ByteView params) {
  auto told = wit::decode<std::tuple<uint64_t, StreamEvent>>(params);
  THEATER_CHECK(told.has_value(), "{}", told.error().to_string());
  const auto& [id, event] = *told;
  bool is_last =
      std::holds_alternative<StreamEnd>(event) || std::holds_alternative<StreamFailed>(event);
  if (is_last) open_.erase(id);
}

std::optional<Bytes> StreamHoldings::held() const {
  if (open_.empty()) return std::nullopt;
  return wit::encode(std::vector<uint64_t>(open_.begin(), open_.end()));
}

}  // namespace theater
