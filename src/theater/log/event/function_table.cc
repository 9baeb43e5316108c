#include "theater/log/event/function_table.h"

#include "theater/base/check.h"

#include <algorithm>
#include <utility>

namespace theater::log {

FunctionTable FunctionTable::from_names(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  FunctionTable table;
  table.names_ = std::move(names);
  return table;
}

Result<FunctionTable> FunctionTable::from_recorded(std::vector<std::string> names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) {
      return fail(ErrorCode::kInvalidArgument, "function {} of the table has no name", i);
    }
    if (i > 0 && names[i - 1] >= names[i]) {
      return fail(ErrorCode::kInvalidArgument,
                  "function {} of the table, `{}`, does not come after `{}` in byte order", i,
                  names[i], names[i - 1]);
    }
  }
  FunctionTable table;
  table.names_ = std::move(names);
  return table;
}

std::optional<uint32_t> FunctionTable::find(std::string_view name) const {
  auto found = std::lower_bound(names_.begin(), names_.end(), name);
  if (found == names_.end() || *found != name) return std::nullopt;
  return static_cast<uint32_t>(found - names_.begin());
}

const std::string& FunctionTable::name(uint32_t index) const {
  THEATER_CHECK(contains(index), "function {} of {}", index, names_.size());
  return names_[index];
}

}  // namespace theater::log
