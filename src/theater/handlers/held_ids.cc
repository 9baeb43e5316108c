#include "theater/handlers/held_ids.h"

#include "theater/base/check.h"
#include "theater/wit/traits.h"

#include <tl/expected.hpp>

#include <algorithm>
#include <functional>
#include <string>

namespace theater {

Result<std::vector<uint64_t>> read_held_ids(ByteView held) {
  auto ids = THEATER_TRY(wit::decode<std::vector<uint64_t>>(held));
  auto wrong = std::ranges::adjacent_find(ids, std::greater_equal());
  if (wrong != ids.end())
    return fail(ErrorCode::kInvalidArgument, "the id {} is out of order", wrong[1]);
  return ids;
}

Result<void> HeldIds::begin(ByteView held) {
  std::vector<uint64_t> ids = THEATER_TRY(read_held_ids(held));
  ids_ = std::set<uint64_t>(ids.begin(), ids.end());
  return {};
}

void HeldIds::add_made(ByteView result) {
  auto made = wit::decode<tl::expected<uint64_t, std::string>>(result);
  THEATER_CHECK(made.has_value(), "{}", made.error().to_string());
  if (*made) ids_.insert(**made);
}

void HeldIds::remove(uint64_t id) {
  ids_.erase(id);
}

std::optional<Bytes> HeldIds::held() const {
  if (ids_.empty()) return std::nullopt;
  return wit::encode(std::vector<uint64_t>(ids_.begin(), ids_.end()));
}

}  // namespace theater
