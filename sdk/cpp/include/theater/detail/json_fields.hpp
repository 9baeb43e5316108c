// Fields as JSON: what JsonCodec keeps, and how an initial state reaches a struct.
#pragma once

#include "theater/detail/fields.hpp"
#include "theater/json.hpp"

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

namespace theater::detail {

template <class T>
json::Value to_json(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return static_cast<std::underlying_type_t<T>>(value);
  } else if constexpr (std::integral<T> || std::same_as<T, std::string>) {
    return value;
  } else if constexpr (std::floating_point<T>) {
    return static_cast<double>(value);
  } else if constexpr (kIsOptional<T>) {
    return value ? to_json(*value) : json::Value();
  } else if constexpr (kIsVector<T>) {
    json::Value array = json::Value::array();
    for (const auto& item : value)
      array.push(to_json<typename T::value_type>(item));
    return array;
  } else if constexpr (kIsMap<T>) {
    json::Value object = json::Value::object();
    for (const auto& [key, item] : value)
      object.set(key, to_json(item));
    return object;
  } else if constexpr (HasFields<const T>) {
    json::Value object = json::Value::object();
    T::theater_visit_fields(value, [&](std::string_view name, const auto& field) {
      object.set(name, to_json(field));
      return true;
    });
    return object;
  } else {
    static_assert(kNever<T>, "a field of this type cannot be kept; codec.hpp lists those that can");
  }
}

// The JSON value that T is read from, for messages.
template <class T>
constexpr std::string_view json_name() {
  if constexpr (std::same_as<T, bool>)
    return "true or false";
  else if constexpr (std::integral<T> || std::is_enum_v<T>)
    return "an integer that fits";
  else if constexpr (std::floating_point<T>)
    return "a number";
  else if constexpr (std::same_as<T, std::string>)
    return "a string";
  else if constexpr (kIsVector<T>)
    return "an array";
  else
    return "an object";
}

template <class T>
bool from_json(const json::Value& value, T& out, std::string& where);

// Fails with `where` naming the member that does not fit.
template <class T>
bool members_from_json(const json::Value& value, T& out, std::string& where) {
  if (!value.is_object()) return false;
  return T::theater_visit_fields(out, [&](std::string_view name, auto& field) {
    const json::Value* member = value.find(name);
    if (!member || from_json(*member, field, where)) return true;
    if (where.empty()) where = json_name<std::remove_cvref_t<decltype(field)>>();
    where += " in `" + std::string(name) + "`";
    return false;
  });
}

template <class T>
bool items_from_json(const json::Value& value, T& out, std::string& where) {
  out.clear();
  if constexpr (kIsVector<T>) {
    for (const json::Value& item : value.items()) {
      typename T::value_type read{};
      if (!from_json(item, read, where)) return false;
      out.push_back(std::move(read));
    }
    return value.is_array();
  } else {
    for (const json::Member& member : value.members()) {
      if (!from_json(member.value, out[member.name], where)) return false;
    }
    return value.is_object();
  }
}

template <class T>
bool from_json(const json::Value& value, T& out, std::string& where) {
  if constexpr (std::same_as<T, bool>) {
    out = value.boolean();
    return value.is_bool();
  } else if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> raw{};
    if (!from_json(value, raw, where)) return false;
    out = static_cast<T>(raw);
    return true;
  } else if constexpr (std::integral<T>) {
    auto integer = value.integer<T>();
    if (integer) out = *integer;
    return integer.has_value();
  } else if constexpr (std::floating_point<T>) {
    auto number = value.number();
    if (number) out = static_cast<T>(*number);
    return number.has_value();
  } else if constexpr (std::same_as<T, std::string>) {
    out = value.text();
    return value.is_string();
  } else if constexpr (kIsOptional<T>) {
    out.reset();
    return value.is_null() || from_json(value, out.emplace(), where);
  } else if constexpr (kIsVector<T> || kIsMap<T>) {
    return items_from_json(value, out, where);
  } else {
    return members_from_json(value, out, where);
  }
}

// Reads a struct's fields from JSON text, which must be an object.
template <class T>
Status fields_from_json(std::string_view text, T& out) {
  auto value = json::parse(text);
  if (!value) return fail("the state: " + value.error());
  std::string where;
  if (members_from_json(*value, out, where)) return {};
  return fail("the state: expected " + (where.empty() ? "a JSON object" : where));
}

}  // namespace theater::detail
