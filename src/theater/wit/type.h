// The types that component values have: what WIT can say, with names resolved and aliases gone.
//
// A Type is a handle to an immutable description, so copying one copies a pointer. Two types are
// equal when their structure is: kinds, order, and the names of fields, cases and labels. The names
// that interfaces give to types do not count, as in the Component Model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater::wit {

// The values are part of the type description that the engine prints (wire_type.h).
enum class Kind : uint8_t {
  kBool,
  kS8,
  kU8,
  kS16,
  kU16,
  kS32,
  kU32,
  kS64,
  kU64,
  kF32,
  kF64,
  kChar,
  kString,
  kList,
  kRecord,
  kTuple,
  kVariant,
  kEnum,
  kOption,
  kResult,
  kFlags,
  kOwn,
  kBorrow,
};

inline constexpr size_t kKindCount = 23;

// The WIT word for the kind, such as "u32" or "record".
std::string_view kind_name(Kind kind);

// How deep types may nest; a primitive has depth 1. It bounds every recursion over types and
// values.
inline constexpr size_t kTypeDepthMax = 100;

struct Field;
struct Case;

// Safe from any thread. What the accessors return lives as long as any handle to the same type; an
// accessor may only be asked of the kinds it names, which THEATER_CHECK enforces. The constructors
// are for descriptions that are right by construction: an empty or repeated name, a variant or enum
// without cases, or nesting beyond kTypeDepthMax is a bug of ours. read_type() is for the rest.
class Type {
 public:
  static Type boolean();
  static Type s8();
  static Type u8();
  static Type s16();
  static Type u16();
  static Type s32();
  static Type u32();
  static Type s64();
  static Type u64();
  static Type f32();
  static Type f64();
  static Type character();
  static Type string();
  static Type list(Type element);
  static Type record(std::vector<Field> fields);
  static Type tuple(std::vector<Type> elements);
  static Type variant(std::vector<Case> cases);
  static Type enumeration(std::vector<std::string> labels);
  static Type option(Type element);
  static Type result(std::optional<Type> ok, std::optional<Type> error);
  static Type flags(std::vector<std::string> labels);
  static Type own(std::string resource);
  static Type borrow(std::string resource);
  // The type of a kind that has no parts: kBool to kString.
  static Type primitive(Kind kind);

  Kind kind() const;

  // Record: the fields. Tuple: the elements, with empty names.
  std::span<const Field> fields() const;
  // Variant: the cases, in the order of their indices.
  std::span<const Case> cases() const;
  // Enum and flags: the labels, in the order of their indices or bits.
  std::span<const std::string> labels() const;
  // List and option: the type of what is inside.
  const Type& element() const;
  // Result: the type of each side's payload, none where it has none.
  const std::optional<Type>& ok() const;
  const std::optional<Type>& error() const;
  // Own and borrow: the name of the resource.
  const std::string& resource() const;

  // 1 for a primitive, one more than the deepest part for the rest.
  size_t depth() const;

  // The least number of bytes that a value takes. Zero only for types whose one value takes none,
  // such as the tuple of no elements.
  size_t size_min() const;

  // Structural equality.
  bool operator==(const Type& other) const;

  struct Node;  // Private to type.cc.

 private:
  explicit Type(std::shared_ptr<const Node> node);
  static Type make(Node node);

  std::shared_ptr<const Node> node_;
};

struct Field {
  std::string name;
  Type type;

  bool operator==(const Field&) const = default;
};

struct Case {
  std::string name;
  std::optional<Type> type;

  bool operator==(const Case&) const = default;
};

// The type of a function. Its arguments travel as one value: the tuple of the parameters.
struct FuncType {
  std::vector<Field> params;
  std::optional<Type> result;
  bool is_async = false;

  // The type of the argument value.
  Type params_tuple() const;

  // Whether a call through one can be answered by the other: everything counts but the names of the
  // parameters. mismatch() in print.h says what differs.
  bool matches(const FuncType& other) const;

  bool operator==(const FuncType&) const = default;
};

// The name of a field or case; a label is its own name.
inline const std::string& name_of(const Field& field) {
  return field.name;
}
inline const std::string& name_of(const Case& one) {
  return one.name;
}
inline const std::string& name_of(const std::string& label) {
  return label;
}

}  // namespace theater::wit
