// Values as JSON, for the command line and the API; inside Theater values stay encoded.
//
// The type decides the form, and no two values of a type have the same form:
//
//   bool                 true, false
//   integers             a number; a decimal string where |n| > 2^53 - 1, which JSON readers lose
//   f32, f64             a number, or "nan", "inf", "-inf"
//   char, string, enum   a string
//   list<u8>             {"text": "…"} if it is UTF-8 without control characters other than newline
//                        and tab, else {"base64": "…"}
//   list, tuple          an array
//   record               an object
//   variant              {"case": payload}, or "case" if the case has no payload
//   option               null, or the value itself; {"some": value} for an option in an option
//   result               {"ok": payload} or {"error": payload}; null stands for no payload
//   flags                an array of the labels that are set
//   own, borrow          a number
//
// On input these are accepted too: a decimal string for any integer, an array of numbers for
// list<u8>, {"case": null} for a case without payload, and a record without those of its fields
// that are options and none.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/wit/type.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace theater::wit {

enum class JsonStyle {
  kCompact,  // One line, no spaces.
  kPretty,   // Indented by two spaces.
};

// The form of list<u8>.
enum class JsonBytes {
  kTagged,  // As above.
  kShown,   // For people: a string, or {"hex": "…", "length": n}. A string has the same form.
};

// Fails with kInvalidArgument if `value` is not a value of `type`, as validate() does.
Result<nlohmann::json> to_json(const Type& type, ByteView value);

// The same with the fields of records in the order of the type.
Result<nlohmann::ordered_json> to_ordered_json(const Type& type, ByteView value,
                                               JsonBytes bytes = JsonBytes::kTagged);

// The same as text, with the fields of records in the order of the type.
Result<std::string> to_json_text(const Type& type, ByteView value, JsonStyle style);

// Whether `bytes` are text that list<u8> is shown as: UTF-8 without control characters other than
// newline and tab.
bool is_plain_text(ByteView bytes);

// The value that `json` stands for. Fails with kInvalidArgument, naming the place in the JSON text
// and the type expected there: "at $.items[2]: expected u8, found 300".
Result<Bytes> from_json(const Type& type, const nlohmann::json& json);

// The same from text; fails too if it is not JSON, naming the position.
Result<Bytes> from_json_text(const Type& type, std::string_view text);

}  // namespace theater::wit
