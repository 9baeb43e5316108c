#include "theater/wit/wire_type.h"

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace theater::wit {

namespace {

Result<Type> read_nested(ByteReader& reader, size_t depth);

// Names of one record, variant, enum or flags: none may be empty or occur twice.
class Names {
 public:
  Result<std::string> read(ByteReader& reader) {
    size_t start = reader.position();
    std::string name(THEATER_TRY(reader.read_string()));
    if (name.empty()) {
      return fail(ErrorCode::kInvalidArgument, "offset {}: a name is empty", start);
    }
    if (!seen_.insert(name).second) {
      return fail(ErrorCode::kInvalidArgument, "offset {}: the name `{}` occurs twice", start,
                  name);
    }
    return name;
  }

 private:
  std::unordered_set<std::string> seen_;
};

// 00, or 01 and a type.
Result<std::optional<Type>> read_maybe(ByteReader& reader, size_t depth) {
  size_t start = reader.position();
  uint8_t byte = THEATER_TRY(reader.read_byte());
  if (byte == 0) return std::optional<Type>();
  if (byte == 1) return std::optional<Type>(THEATER_TRY(read_nested(reader, depth)));
  return fail(ErrorCode::kInvalidArgument, "offset {}: {:#04x} says neither none nor a type", start,
              byte);
}

Result<std::vector<Field>> read_fields(ByteReader& reader, size_t depth) {
  // A name and a type take at least three bytes.
  size_t count = THEATER_TRY(reader.read_count(3));
  std::vector<Field> fields;
  Names names;
  for (size_t i = 0; i < count; ++i) {
    std::string name = THEATER_TRY(names.read(reader));
    Type type = THEATER_TRY(read_nested(reader, depth));
    fields.push_back({std::move(name), std::move(type)});
  }
  return fields;
}

Result<Type> read_tuple(ByteReader& reader, size_t depth) {
  size_t count = THEATER_TRY(reader.read_count(1));
  std::vector<Type> elements;
  for (size_t i = 0; i < count; ++i) {
    elements.push_back(THEATER_TRY(read_nested(reader, depth)));
  }
  return Type::tuple(std::move(elements));
}

Failure no_cases(const ByteReader& reader, Kind kind) {
  return fail(ErrorCode::kInvalidArgument, "before offset {}: {}: there are no cases",
              reader.position(), kind_name(kind));
}

Result<Type> read_variant(ByteReader& reader, size_t depth) {
  size_t count = THEATER_TRY(reader.read_count(3));
  if (count == 0) return no_cases(reader, Kind::kVariant);
  std::vector<Case> cases;
  Names names;
  for (size_t i = 0; i < count; ++i) {
    std::string name = THEATER_TRY(names.read(reader));
    std::optional<Type> type = THEATER_TRY(read_maybe(reader, depth));
    cases.push_back({std::move(name), std::move(type)});
  }
  return Type::variant(std::move(cases));
}

Result<std::vector<std::string>> read_labels(ByteReader& reader) {
  size_t count = THEATER_TRY(reader.read_count(2));
  std::vector<std::string> labels;
  Names names;
  for (size_t i = 0; i < count; ++i)
    labels.push_back(THEATER_TRY(names.read(reader)));
  return labels;
}

// `depth` is how many types this one is inside of.
Result<Type> read_nested(ByteReader& reader, size_t depth) {
  size_t start = reader.position();
  if (depth >= kTypeDepthMax) {
    return fail(ErrorCode::kInvalidArgument, "offset {}: types nest more than {} deep", start,
                kTypeDepthMax);
  }
  uint8_t byte = THEATER_TRY(reader.read_byte());
  if (byte >= kKindCount) {
    return fail(ErrorCode::kInvalidArgument, "offset {}: {:#04x} is no kind of type", start, byte);
  }
  Kind kind = static_cast<Kind>(byte);
  switch (kind) {
    case Kind::kList:
      return Type::list(THEATER_TRY(read_nested(reader, depth + 1)));
    case Kind::kOption:
      return Type::option(THEATER_TRY(read_nested(reader, depth + 1)));
    case Kind::kRecord:
      return Type::record(THEATER_TRY(read_fields(reader, depth + 1)));
    case Kind::kTuple:
      return read_tuple(reader, depth + 1);
    case Kind::kVariant:
      return read_variant(reader, depth + 1);
    case Kind::kEnum: {
      std::vector<std::string> labels = THEATER_TRY(read_labels(reader));
      if (labels.empty()) return no_cases(reader, kind);
      return Type::enumeration(std::move(labels));
    }
    case Kind::kFlags:
      return Type::flags(THEATER_TRY(read_labels(reader)));
    case Kind::kResult: {
      std::optional<Type> ok = THEATER_TRY(read_maybe(reader, depth + 1));
      std::optional<Type> error = THEATER_TRY(read_maybe(reader, depth + 1));
      return Type::result(std::move(ok), std::move(error));
    }
    case Kind::kOwn:
      return Type::own(std::string(THEATER_TRY(reader.read_string())));
    case Kind::kBorrow:
      return Type::borrow(std::string(THEATER_TRY(reader.read_string())));
    default:
      return Type::primitive(kind);
  }
}

}  // namespace

Result<Type> read_type(ByteReader& reader) {
  return read_nested(reader, 0);
}

Result<FuncType> read_func_type(ByteReader& reader) {
  size_t start = reader.position();
  FuncType function;
  uint8_t is_async = THEATER_TRY(reader.read_byte());
  if (is_async > 1) {
    return fail(ErrorCode::kInvalidArgument, "offset {}: {:#04x} says neither sync nor async",
                start, is_async);
  }
  function.is_async = is_async == 1;
  // The parameters form a tuple, one level above their types.
  function.params = THEATER_TRY(read_fields(reader, 1));
  function.result = THEATER_TRY(read_maybe(reader, 0));
  return function;
}

}  // namespace theater::wit
