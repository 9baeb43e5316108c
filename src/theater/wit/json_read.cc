// The half of json.h that reads.

#include "theater/base/check.h"
#include "theater/base/nearest.h"
#include "theater/base/utf8.h"
#include "theater/wit/base64.h"
#include "theater/wit/json.h"
#include "theater/wit/print.h"
#include "theater/wit/traits.h"
#include "theater/wit/validate.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace theater::wit {

namespace {

using Json = nlohmann::json;

constexpr double kSafeRealMax = 9007199254740991.0;
constexpr size_t kInputShownMax = 40;

std::string brief(const Type& type) {
  return shortened(to_wit(type), kInputShownMax);
}

// What stands there, briefly. Arrays and objects are not printed: they may be deep.
std::string describe(const Json& json) {
  if (json.is_array()) return fmt::format("an array of {}", json.size());
  if (json.is_object()) return fmt::format("an object with {} members", json.size());
  return shortened(json.dump(-1, ' ', false, Json::error_handler_t::replace), kInputShownMax);
}

// The whole number that `json` stands for, as a number or as decimal text, if an N holds it.
template <class N>
std::optional<N> whole_number(const Json& json) {
  if (const auto* text = json.get_ptr<const std::string*>()) {
    N value = 0;
    auto parsed = std::from_chars(text->data(), text->data() + text->size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size()) return std::nullopt;
    return value;
  }
  if (const auto* value = json.get_ptr<const Json::number_unsigned_t*>()) {
    if (std::in_range<N>(*value)) return static_cast<N>(*value);
  } else if (const auto* negative = json.get_ptr<const Json::number_integer_t*>()) {
    if (std::in_range<N>(*negative)) return static_cast<N>(*negative);
  } else if (const auto* real = json.get_ptr<const Json::number_float_t*>()) {
    bool is_whole = std::abs(*real) <= kSafeRealMax && std::trunc(*real) == *real;
    if (is_whole && std::in_range<N>(static_cast<int64_t>(*real))) return static_cast<N>(*real);
  }
  return std::nullopt;
}

// Builds a value. Steps return whether to continue; the path to a fault is gathered on the way up.
class Builder {
 public:
  bool value(const Type& type, const Json& json);

  Bytes take() && { return std::move(out_); }
  Failure failure() && {
    std::string path = "$";
    for (auto step = path_.rbegin(); step != path_.rend(); ++step)
      path += *step;
    return fail(ErrorCode::kInvalidArgument, "at {}: {}", path, fault_);
  }

 private:
  template <class... Args>
  bool bad(fmt::format_string<Args...> text, Args&&... args) {
    fault_ = fmt::format(text, std::forward<Args>(args)...);
    return false;
  }
  bool unexpected(const Type& type, const Json& json) {
    return bad("expected {}, found {}", brief(type), describe(json));
  }
  bool inside(bool good, std::string_view step) {
    if (!good) path_.push_back("." + std::string(step));
    return good;
  }
  bool inside(bool good, size_t index) {
    if (!good) path_.push_back(fmt::format("[{}]", index));
    return good;
  }

  template <class N>
  bool integer(const Type& type, const Json& json) {
    std::optional<N> number = whole_number<N>(json);
    if (!number) return unexpected(type, json);
    encode_to(out_, *number);
    return true;
  }
  template <class N>
  bool real(const Type& type, const Json& json);
  bool text(const Type& type, const Json& json);
  bool character(const Type& type, const Json& json);
  bool list(const Type& type, const Json& json);
  bool bytes(const Type& type, const Json& json);
  bool record(const Type& type, const Json& json);
  bool tuple(const Type& type, const Json& json);
  bool variant(const Type& type, const Json& json);
  bool enumeration(const Type& type, const Json& json);
  bool option(const Type& type, const Json& json);
  bool result(const Type& type, const Json& json);
  bool flags(const Type& type, const Json& json);

  template <class Named>
  bool unknown(std::string_view what, const std::string& name, const Named& known);

  Bytes out_;
  std::string fault_;
  std::vector<std::string> path_;
};

bool Builder::value(const Type& type, const Json& json) {
  switch (type.kind()) {
    case Kind::kBool:
      if (!json.is_boolean()) return unexpected(type, json);
      encode_to(out_, json.get<bool>());
      return true;
    case Kind::kS8:
      return integer<int8_t>(type, json);
    case Kind::kU8:
      return integer<uint8_t>(type, json);
    case Kind::kS16:
      return integer<int16_t>(type, json);
    case Kind::kU16:
      return integer<uint16_t>(type, json);
    case Kind::kS32:
      return integer<int32_t>(type, json);
    case Kind::kU32:
    case Kind::kOwn:
    case Kind::kBorrow:
      return integer<uint32_t>(type, json);
    case Kind::kS64:
      return integer<int64_t>(type, json);
    case Kind::kU64:
      return integer<uint64_t>(type, json);
    case Kind::kF32:
      return real<float>(type, json);
    case Kind::kF64:
      return real<double>(type, json);
    case Kind::kChar:
      return character(type, json);
    case Kind::kString:
      return text(type, json);
    case Kind::kList:
      return list(type, json);
    case Kind::kRecord:
      return record(type, json);
    case Kind::kTuple:
      return tuple(type, json);
    case Kind::kVariant:
      return variant(type, json);
    case Kind::kEnum:
      return enumeration(type, json);
    case Kind::kOption:
      return option(type, json);
    case Kind::kResult:
      return result(type, json);
    case Kind::kFlags:
      return flags(type, json);
  }
  THEATER_CHECK(false, "kind {}", static_cast<unsigned>(type.kind()));
  return false;
}

template <class N>
bool Builder::real(const Type& type, const Json& json) {
  if (const auto* name = json.get_ptr<const std::string*>()) {
    constexpr N kInfinity = std::numeric_limits<N>::infinity();
    if (*name == "nan") {
      encode_to(out_, std::numeric_limits<N>::quiet_NaN());
    } else if (*name == "inf" || *name == "-inf") {
      encode_to(out_, *name == "inf" ? kInfinity : -kInfinity);
    } else {
      return unexpected(type, json);
    }
    return true;
  }
  if (!json.is_number()) return unexpected(type, json);
  auto number = json.get<double>();
  if (std::isfinite(number) && std::abs(number) > std::numeric_limits<N>::max()) {
    return unexpected(type, json);
  }
  encode_to(out_, static_cast<N>(number));
  return true;
}

bool Builder::text(const Type& type, const Json& json) {
  const auto* string = json.get_ptr<const std::string*>();
  if (string == nullptr || !is_utf8(*string)) return unexpected(type, json);
  encode_to(out_, *string);
  return true;
}

bool Builder::character(const Type& type, const Json& json) {
  const auto* string = json.get_ptr<const std::string*>();
  if (string == nullptr || string->empty() || utf8_sequence_length(*string) != string->size()) {
    return bad("expected {}, one character, found {}", to_wit(type), describe(json));
  }
  append(out_, as_bytes(*string));
  return true;
}

bool Builder::list(const Type& type, const Json& json) {
  if (type.element().kind() == Kind::kU8 && json.is_object()) return bytes(type, json);
  if (!json.is_array()) return unexpected(type, json);
  append_u(out_, json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    if (!inside(value(type.element(), json[i]), i)) return false;
  }
  return true;
}

bool Builder::bytes(const Type& type, const Json& json) {
  const auto member = json.begin();
  const auto* string = json.size() == 1 ? member->get_ptr<const std::string*>() : nullptr;
  if (string != nullptr && member.key() == "text" && is_utf8(*string)) {
    encode_to(out_, as_bytes(*string));
    return true;
  }
  if (string != nullptr && member.key() == "base64") {
    Result<Bytes> bytes = from_base64(*string);
    if (!bytes) return inside(bad("{}", bytes.error().message()), "base64");
    encode_to(out_, *bytes);
    return true;
  }
  return bad(R"(expected {}, such as {{"text": "…"}} or {{"base64": "…"}}, found {})", to_wit(type),
             describe(json));
}

template <class Named>
bool Builder::unknown(std::string_view what, const std::string& name, const Named& known) {
  std::vector<std::string> names;
  names.reserve(known.size());
  for (const auto& one : known)
    names.push_back(name_of(one));
  std::string advice;
  if (auto close = nearest(name, names)) advice = fmt::format("; did you mean `{}`?", *close);
  Json shown = name;
  return bad("there is no {} {}{}", what, describe(shown), advice);
}

bool Builder::record(const Type& type, const Json& json) {
  if (!json.is_object()) return unexpected(type, json);
  size_t used = 0;
  for (const Field& field : type.fields()) {
    auto member = json.find(field.name);
    if (member != json.end()) {
      ++used;
      if (!inside(value(field.type, *member), field.name)) return false;
    } else if (field.type.kind() == Kind::kOption) {
      out_.push_back(0);
    } else {
      return bad("the field `{}` is missing, a {}", field.name, brief(field.type));
    }
  }
  if (used == json.size()) return true;
  auto fields = type.fields();
  for (const auto& member : json.items()) {
    auto has_its_name = [&](const Field& field) { return field.name == member.key(); };
    if (std::none_of(fields.begin(), fields.end(), has_its_name)) {
      return unknown("field", member.key(), fields);
    }
  }
  return true;
}

bool Builder::tuple(const Type& type, const Json& json) {
  auto fields = type.fields();
  if (!json.is_array()) return unexpected(type, json);
  if (json.size() != fields.size()) {
    return bad("expected {}, an array of {}, found one of {}", brief(type), fields.size(),
               json.size());
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (!inside(value(fields[i].type, json[i]), i)) return false;
  }
  return true;
}

bool Builder::variant(const Type& type, const Json& json) {
  const auto* bare = json.get_ptr<const std::string*>();
  bool is_member = json.is_object() && json.size() == 1;
  if (bare == nullptr && !is_member) return unexpected(type, json);
  const std::string& name = bare != nullptr ? *bare : json.begin().key();
  auto cases = type.cases();
  auto one =
      std::find_if(cases.begin(), cases.end(), [&](const Case& c) { return c.name == name; });
  if (one == cases.end()) return unknown("case", name, cases);
  append_u(out_, static_cast<uint64_t>(one - cases.begin()));
  if (!one->type) {
    if (bare != nullptr || json.begin()->is_null()) return true;
    return inside(bad("the case has no payload, found {}", describe(*json.begin())), name);
  }
  if (bare != nullptr) {
    return bad(R"(the case `{}` has a payload: write {{"{}": …}} with a {})", name, name,
               brief(*one->type));
  }
  return inside(value(*one->type, *json.begin()), name);
}

bool Builder::enumeration(const Type& type, const Json& json) {
  const auto* name = json.get_ptr<const std::string*>();
  if (name == nullptr) return unexpected(type, json);
  auto labels = type.labels();
  auto label = std::find(labels.begin(), labels.end(), *name);
  if (label == labels.end()) return unknown("case", *name, labels);
  append_u(out_, static_cast<uint64_t>(label - labels.begin()));
  return true;
}

bool Builder::option(const Type& type, const Json& json) {
  out_.push_back(json.is_null() ? 0 : 1);
  if (json.is_null()) return true;
  if (type.element().kind() != Kind::kOption) return value(type.element(), json);
  if (!json.is_object() || json.size() != 1 || json.begin().key() != "some") {
    return bad(R"(expected {}, which is null or {{"some": …}}, found {})", brief(type),
               describe(json));
  }
  return inside(value(type.element(), *json.begin()), "some");
}

bool Builder::result(const Type& type, const Json& json) {
  bool is_one = json.is_object() && json.size() == 1;
  bool is_ok = is_one && json.begin().key() == "ok";
  if (!is_ok && !(is_one && json.begin().key() == "error")) {
    return bad(R"(expected {}, which is {{"ok": …}} or {{"error": …}}, found {})", brief(type),
               describe(json));
  }
  out_.push_back(is_ok ? 0 : 1);
  const std::optional<Type>& payload = is_ok ? type.ok() : type.error();
  const Json& inner = *json.begin();
  if (payload) return inside(value(*payload, inner), is_ok ? "ok" : "error");
  if (inner.is_null()) return true;
  return inside(bad("expected null, for there is no payload, found {}", describe(inner)),
                is_ok ? "ok" : "error");
}

bool Builder::flags(const Type& type, const Json& json) {
  if (!json.is_array()) return unexpected(type, json);
  auto labels = type.labels();
  Bytes bits(type.size_min());
  for (size_t i = 0; i < json.size(); ++i) {
    const auto* name = json[i].get_ptr<const std::string*>();
    if (name == nullptr) {
      return inside(bad("expected the name of a flag, found {}", describe(json[i])), i);
    }
    auto label = std::find(labels.begin(), labels.end(), *name);
    if (label == labels.end()) return inside(unknown("flag", *name, labels), i);
    auto bit = static_cast<size_t>(label - labels.begin());
    auto mask = static_cast<uint8_t>(1U << (bit % 8));
    if ((bits[bit / 8] & mask) != 0) return inside(bad("`{}` is there twice", *name), i);
    bits[bit / 8] = static_cast<uint8_t>(bits[bit / 8] | mask);
  }
  append(out_, bits);
  return true;
}

}  // namespace

Result<Bytes> from_json(const Type& type, const nlohmann::json& json) {
  Builder builder;
  if (!builder.value(type, json)) return std::move(builder).failure();
  Bytes value = std::move(builder).take();
  // What JSON can say and a value cannot is the number of elements: validate() owns that bound.
  THEATER_TRY_VOID(validate(type, value, "$"));
  return value;
}

Result<Bytes> from_json_text(const Type& type, std::string_view text) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    return fail(ErrorCode::kInvalidArgument, "the text is not JSON at character {}: expected {}",
                error.byte, brief(type));
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kInvalidArgument, "the text is not JSON: {}", error.what());
  }
  return from_json(type, json);
}

}  // namespace theater::wit
