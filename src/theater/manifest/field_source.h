// Where named settings come from: a TOML table or the text of a grant.
//
// A reader asks for each key it knows, by type; what it did not ask for is unknown, and so the list
// of known keys in a message never drifts from what is read. A setting of the wrong type is
// complained of once and then counts as absent.
#pragma once

#include "theater/manifest/quantity.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace theater {

// Lists come from strangers and are compared with each other, so they are bounded.
inline constexpr size_t kListItemsMax = 256;

class FieldSource {
 public:
  virtual ~FieldSource() = default;

  virtual std::optional<bool> flag(std::string_view key) = 0;
  // A flag that may have a text in its place.
  virtual std::optional<std::variant<bool, std::string>> flag_or_text(std::string_view key) = 0;
  virtual std::optional<uint64_t> number(std::string_view key, Unit unit, uint64_t min = 0,
                                         uint64_t max = std::numeric_limits<uint64_t>::max()) = 0;
  // At most kListItemsMax items.
  virtual std::optional<std::vector<std::string>> list(std::string_view key) = 0;

  // The same where an item may be a whole number too, given as its digits.
  virtual std::optional<std::vector<std::string>> list_of_numbers(std::string_view key) = 0;

  // The same where one item may stand without a list.
  virtual std::optional<std::vector<std::string>> list_or_text(std::string_view key) = 0;

  // Complains of the value of `key`.
  virtual void reject(std::string_view key, std::string_view message) = 0;
};

}  // namespace theater
