// Where two values of one type part ways, for replay and for people.
#pragma once

#include "theater/base/bytes.h"
#include "theater/wit/type.h"

#include <optional>
#include <string>
#include <string_view>

namespace theater::wit {

// The first place, in the order of the encoding, where two values differ.
struct Difference {
  std::string path;  // Such as "value.1[3].name".
  std::string left;  // What the left value has there: short, as JSON or in words.
  std::string right;

  // "at value.1[3].name: left has "a", right has "b"".
  std::string to_string() const;

  bool operator==(const Difference&) const = default;
};

// None if the values are equal. Long texts and byte strings show the offset of the first byte that
// differs and what is around it. If one of the two is no value of `type`, that is the difference.
std::optional<Difference> difference(const Type& type, ByteView left, ByteView right,
                                     std::string_view root = "value");

}  // namespace theater::wit
