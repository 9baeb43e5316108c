// JSON for guests: small, whole, without exceptions.
//
//   auto call = THEATER_TRY(theater::json::parse(message));
//   if (call["tool"].text() == "add") …
//   return Object({{"result", 3}}).dump();
//
// Numbers keep the digits they were written with, so that nothing is lost on the way through.
// Objects keep the order of their members. Looking for what is not there yields null, never a
// fault.
#pragma once

#include "theater/detail/utf8.hpp"
#include "theater/result.hpp"

#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::json {

enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

struct Member;

// A JSON value; a value type.
class Value {
 public:
  Value() noexcept;
  Value(std::nullptr_t) noexcept;
  Value(std::same_as<bool> auto value);
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  Value(Integer value);
  // Infinities and NaN, which JSON does not have, become null.
  Value(double value);
  Value(const char* text);
  Value(std::string_view text);
  Value(std::string text);
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  static Value array(std::vector<Value> items = {});
  static Value object();
  static Value object(std::initializer_list<Member> members);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  // The value where it is of that kind, else what is named.
  bool boolean(bool otherwise = false) const { return is_bool() ? bool_ : otherwise; }
  std::string_view text(std::string_view otherwise = "") const;
  // None too where the number is no integer or does not fit.
  template <std::integral Integer = int64_t>
  std::optional<Integer> integer() const;
  std::optional<double> number() const;

  // An array's items and an object's members; empty for other kinds.
  const std::vector<Value>& items() const { return items_; }
  const std::vector<Member>& members() const { return members_; }
  size_t size() const;

  // A member by name, an item by place; null where there is none.
  const Value& operator[](std::string_view name) const;
  const Value& operator[](size_t index) const;
  const Value* find(std::string_view name) const;

  // Sets a member, in place of one of that name. The value becomes an object if it is none.
  Value& set(std::string_view name, Value value);
  // Appends an item. The value becomes an array if it is none.
  Value& push(Value value);

  // The value on one line, without blanks. Bytes that are no UTF-8 come out as U+FFFD.
  std::string dump() const;

  bool operator==(const Value& other) const;

 private:
  friend class Parser;
  void write(std::string& out) const;

  Kind kind_ = Kind::kNull;
  bool bool_ = false;
  std::string text_;  // A string's characters or a number's digits.
  std::vector<Value> items_;
  std::vector<Member> members_;
};

struct Member {
  std::string name;
  Value value;
  bool operator==(const Member&) const = default;
};

// A value from JSON text (RFC 8259). Fails, saying where, if the text is malformed, is not UTF-8,
// goes on after the value or nests deeper than kDepthMax. Of members of one name the first is
// found.
Result<Value> parse(std::string_view text);

inline constexpr int kDepthMax = 64;

// Appends `text` to `out` as a JSON string with its quotes.
void append_quoted(std::string& out, std::string_view text);

}  // namespace theater::json

#include "theater/detail/json_impl.hpp"
