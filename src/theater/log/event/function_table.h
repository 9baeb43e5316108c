// The functions that events of one instance name by index.
//
// A name is `<interface>/<function>`: `theater:simple/runtime/log`, without a version for the
// packages of Theater, or `wasi:http/types@0.2.3/[method]fields.get`. The table holds each name
// once, in byte order, so it follows from the component alone.
#pragma once

#include "theater/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log {

// Immutable, and so safe from any thread.
class FunctionTable {
 public:
  FunctionTable() = default;

  // Sorts the names and drops repetitions.
  static FunctionTable from_names(std::vector<std::string> names);

  // A table as `instance` records it. Fails with kInvalidArgument, naming the entry, if a name is
  // empty, out of order or repeated.
  static Result<FunctionTable> from_recorded(std::vector<std::string> names);

  // The position of a name; none if it is not in the table.
  std::optional<uint32_t> find(std::string_view name) const;

  size_t size() const { return names_.size(); }
  bool contains(uint32_t index) const { return index < names_.size(); }

  // `index` must be less than size().
  const std::string& name(uint32_t index) const;

  const std::vector<std::string>& names() const { return names_; }

  bool operator==(const FunctionTable&) const = default;

 private:
  std::vector<std::string> names_;
};

}  // namespace theater::log
