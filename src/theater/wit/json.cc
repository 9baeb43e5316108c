#include "theater/wit/json.h"

#include "theater/base/check.h"
#include "theater/base/hex.h"
#include "theater/base/utf8.h"
#include "theater/wit/base64.h"
#include "theater/wit/leb.h"
#include "theater/wit/traits.h"
#include "theater/wit/validate.h"

#include <nlohmann/json.hpp>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <utility>

namespace theater::wit {

namespace {

// The largest integer below which JavaScript, and what follows it, tells all integers apart.
constexpr uint64_t kSafeIntegerMax = (uint64_t{1} << 53) - 1;

// The double whose shortest decimal text is that of `value`, so that 0.1f shows as 0.1; the exact
// one in the rare case that it would not come back as the same float.
double short_double(float value) {
  std::array<char, 32> text{};
  auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  double nearby = 0;
  std::from_chars(text.data(), written.ptr, nearby);
  return static_cast<float>(nearby) == value ? nearby : static_cast<double>(value);
}

// Renders a value that validate() has accepted: a read that fails is a bug of ours.
template <class Json>
class Renderer {
 public:
  explicit Renderer(ByteView value, JsonBytes bytes = JsonBytes::kTagged)
      : reader_(value), bytes_(bytes) {}

  Json value(const Type& type);

 private:
  template <class T>
  static T must(Result<T> read) {
    THEATER_CHECK(read.has_value(), "a validated value: {}", read.error().message());
    return *std::move(read);
  }

  Json integer(uint64_t value) {
    return value > kSafeIntegerMax ? Json(std::to_string(value)) : Json(value);
  }
  Json integer(int64_t value) {
    constexpr auto kMax = static_cast<int64_t>(kSafeIntegerMax);
    return value > kMax || value < -kMax ? Json(std::to_string(value)) : Json(value);
  }
  Json number(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
  }
  Json character() {
    std::string text;
    utf8_append(text, static_cast<uint32_t>(must(reader_.read_char())));
    return text;
  }
  Json bytes();
  Json list(const Type& type);
  Json fields(const Type& type);
  Json variant(const Type& type);
  Json option(const Type& type);
  Json result(const Type& type);
  Json flags(const Type& type);

  ByteReader reader_;
  JsonBytes bytes_;
};

template <class Json>
Json Renderer<Json>::value(const Type& type) {
  switch (type.kind()) {
    case Kind::kBool:
      return must(reader_.read_byte()) == 1;
    case Kind::kS8:
      return static_cast<int8_t>(must(reader_.read_byte()));
    case Kind::kU8:
      return must(reader_.read_byte());
    case Kind::kS16:
    case Kind::kS32:
    case Kind::kS64:
      return integer(must(reader_.read_s(64)));
    case Kind::kU16:
    case Kind::kU32:
    case Kind::kU64:
    case Kind::kOwn:
    case Kind::kBorrow:
      return integer(must(reader_.read_u(64)));
    case Kind::kF32: {
      float value = must(decode_from<float>(reader_));
      return std::isfinite(value) ? number(short_double(value)) : number(value);
    }
    case Kind::kF64:
      return number(must(decode_from<double>(reader_)));
    case Kind::kChar:
      return character();
    case Kind::kString:
      return std::string(must(reader_.read_string()));
    case Kind::kList:
      return type.element().kind() == Kind::kU8 ? bytes() : list(type);
    case Kind::kRecord:
    case Kind::kTuple:
      return fields(type);
    case Kind::kVariant:
      return variant(type);
    case Kind::kEnum:
      return type.labels()[must(reader_.read_u(32))];
    case Kind::kOption:
      return option(type);
    case Kind::kResult:
      return result(type);
    case Kind::kFlags:
      return flags(type);
  }
  THEATER_CHECK(false, "kind {}", static_cast<unsigned>(type.kind()));
  return nullptr;
}

template <class Json>
Json Renderer<Json>::bytes() {
  ByteView bytes = must(decode_from<ByteView>(reader_));
  bool is_text = is_plain_text(bytes);
  if (is_text && bytes_ == JsonBytes::kShown) return std::string(as_text(bytes));
  Json json = Json::object();
  if (is_text) {
    json["text"] = std::string(as_text(bytes));
  } else if (bytes_ == JsonBytes::kShown) {
    json["hex"] = to_hex(bytes);
    json["length"] = bytes.size();
  } else {
    json["base64"] = to_base64(bytes);
  }
  return json;
}

template <class Json>
Json Renderer<Json>::list(const Type& type) {
  Json json = Json::array();
  uint64_t count = must(reader_.read_u(32));
  for (uint64_t i = 0; i < count; ++i)
    json.push_back(value(type.element()));
  return json;
}

template <class Json>
Json Renderer<Json>::fields(const Type& type) {
  bool is_tuple = type.kind() == Kind::kTuple;
  Json json = is_tuple ? Json::array() : Json::object();
  for (const Field& field : type.fields()) {
    if (is_tuple) {
      json.push_back(value(field.type));
    } else {
      json[field.name] = value(field.type);
    }
  }
  return json;
}

template <class Json>
Json Renderer<Json>::variant(const Type& type) {
  const Case& one = type.cases()[must(reader_.read_u(32))];
  if (!one.type) return one.name;
  Json json = Json::object();
  json[one.name] = value(*one.type);
  return json;
}

template <class Json>
Json Renderer<Json>::option(const Type& type) {
  if (must(reader_.read_byte()) == 0) return nullptr;
  Json some = value(type.element());
  if (type.element().kind() != Kind::kOption) return some;
  Json json = Json::object();
  json["some"] = std::move(some);
  return json;
}

template <class Json>
Json Renderer<Json>::result(const Type& type) {
  bool is_error = must(reader_.read_byte()) == 1;
  const std::optional<Type>& payload = is_error ? type.error() : type.ok();
  Json json = Json::object();
  json[is_error ? "error" : "ok"] = payload ? value(*payload) : Json(nullptr);
  return json;
}

template <class Json>
Json Renderer<Json>::flags(const Type& type) {
  ByteView bytes = must(reader_.read_bytes(type.size_min()));
  Json json = Json::array();
  auto labels = type.labels();
  for (size_t i = 0; i < labels.size(); ++i) {
    if ((bytes[i / 8] >> (i % 8) & 1) != 0) json.push_back(labels[i]);
  }
  return json;
}

}  // namespace

bool is_plain_text(ByteView bytes) {
  std::string_view text = as_text(bytes);
  if (!is_utf8(text)) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) return false;
    // U+0080 to U+009F, in two bytes.
    if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
  }
  return true;
}

Result<nlohmann::json> to_json(const Type& type, ByteView value) {
  THEATER_TRY_VOID(validate(type, value));
  return Result<nlohmann::json>(tl::in_place, Renderer<nlohmann::json>(value).value(type));
}

Result<nlohmann::ordered_json> to_ordered_json(const Type& type, ByteView value, JsonBytes bytes) {
  using Json = nlohmann::ordered_json;
  THEATER_TRY_VOID(validate(type, value));
  return Result<Json>(tl::in_place, Renderer<Json>(value, bytes).value(type));
}

Result<std::string> to_json_text(const Type& type, ByteView value, JsonStyle style) {
  nlohmann::ordered_json json = THEATER_TRY(to_ordered_json(type, value));
  return json.dump(style == JsonStyle::kPretty ? 2 : -1);
}

}  // namespace theater::wit
