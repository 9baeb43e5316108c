// Values from outside: the front of the input chooses a type, and the rest is read as its value.
//
// No rest may cause a crash, and an accepted value must come back from JSON, as a document and as
// text, byte for byte. The rest is also read as the description of a type.

#include "theater/base/check.h"
#include "theater/wit/diff.h"
#include "theater/wit/generate.h"
#include "theater/wit/json.h"
#include "theater/wit/print.h"
#include "theater/wit/validate.h"
#include "theater/wit/wire_type.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using theater::Bytes;
using theater::ByteView;
using theater::Result;
using theater::wit::JsonStyle;
using theater::wit::Type;

void read_as_value(const Type& type, ByteView bytes) {
  Result<size_t> length = skip(type, bytes);
  Result<void> validity = validate(type, bytes);
  Result<nlohmann::json> json = to_json(type, bytes);
  THEATER_CHECK(json.has_value() == validity.has_value(), "{}", to_wit(type));

  // A second value of the type, from the same bytes, to differ from.
  theater::wit::Choices choices(bytes);
  Bytes other;
  generate_value(choices, type, other);
  THEATER_CHECK(validate(type, other).has_value(), "{}", to_wit(type));
  bool same = Bytes(bytes.begin(), bytes.end()) == other;
  THEATER_CHECK(difference(type, bytes, other).has_value() != same, "{}", to_wit(type));
  if (!validity) return;

  THEATER_CHECK(length && *length == bytes.size(), "{}", to_wit(type));
  Bytes again = from_json(type, *json).value();
  THEATER_CHECK(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()), "{}",
                to_wit(type));
  std::string text = to_json_text(type, bytes, JsonStyle::kCompact).value();
  again = from_json_text(type, text).value();
  THEATER_CHECK(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()), "{}", text);
}

void read_as_types(ByteView bytes) {
  theater::wit::ByteReader reader(bytes);
  if (Result<Type> type = read_type(reader)) {
    THEATER_CHECK(type->depth() <= theater::wit::kTypeDepthMax);
    THEATER_CHECK(!to_wit(*type).empty());
    read_as_value(*type, reader.rest());
  }
  theater::wit::ByteReader function_reader(bytes);
  if (auto function = read_func_type(function_reader)) {
    THEATER_CHECK(!mismatch(*function, *function).has_value());
    THEATER_CHECK(function->params_tuple().depth() <= theater::wit::kTypeDepthMax);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView input(data, size);
  theater::wit::Choices choices(input);
  Type type = generate_type(choices, 4);
  read_as_value(type, choices.rest());
  read_as_types(input);
  // JSON from outside, for the same type.
  if (auto value = from_json_text(type, theater::as_text(choices.rest()))) {
    THEATER_CHECK(validate(type, *value).has_value(), "{}", to_wit(type));
  }
  return 0;
}
