#include "theater/wit/validate.h"

#include "theater/base/check.h"
#include "theater/wit/leb.h"

#include <string>
#include <utility>
#include <vector>

namespace theater::wit {

namespace {

// Walks one value. The steps return whether to continue: a Result a step would cost more than most
// steps do. The path to a fault is gathered on the way back up, so that a good value pays nothing.
class Validator {
 public:
  explicit Validator(ByteView bytes) : reader_(bytes) {}

  const ByteReader& reader() const { return reader_; }

  bool value(const Type& type);

  // "at value.1[3].name, offset 17: …", where each fault begins with its offset.
  Failure failure(std::string_view root) && {
    THEATER_CHECK(fault_.has_value());
    std::string path(root);
    for (auto step = path_.rbegin(); step != path_.rend(); ++step)
      path += *step;
    return fail(fault_->code(), "at {}, {}", path, fault_->message());
  }

 private:
  template <class T>
  bool good(Result<T>&& read) {
    if (read) [[likely]]
      return true;
    fault_ = std::move(read).error();
    return false;
  }
  template <class... Args>
  bool bad(size_t offset, fmt::format_string<Args...> text, Args&&... args) {
    fault_ =
        Error(ErrorCode::kInvalidArgument,
              fmt::format("offset {}: {}", offset, fmt::format(text, std::forward<Args>(args)...)));
    return false;
  }
  bool inside(std::string step) {
    path_.push_back(std::move(step));
    return false;
  }

  bool choice(const Type& type, bool& second);
  bool index(const Type& type, size_t count, size_t& chosen);
  bool nan(const Type& type);
  bool list(const Type& type);
  bool fields(const Type& type);
  bool variant(const Type& type);
  bool option(const Type& type);
  bool result(const Type& type);
  bool flags(const Type& type);

  ByteReader reader_;
  size_t empty_elements_ = 0;
  std::optional<Error> fault_;
  std::vector<std::string> path_;
};

bool Validator::value(const Type& type) {
  switch (type.kind()) {
    case Kind::kBool: {
      bool ignored = false;
      return choice(type, ignored);
    }
    case Kind::kS8:
    case Kind::kU8:
      return good(reader_.read_byte());
    case Kind::kS16:
      return good(reader_.read_s(16));
    case Kind::kU16:
      return good(reader_.read_u(16));
    case Kind::kS32:
      return good(reader_.read_s(32));
    case Kind::kU32:
    case Kind::kOwn:
    case Kind::kBorrow:
      return good(reader_.read_u(32));
    case Kind::kS64:
      return good(reader_.read_s(64));
    case Kind::kU64:
      return good(reader_.read_u(64));
    case Kind::kF32:
    case Kind::kF64:
      return nan(type);
    case Kind::kChar:
      return good(reader_.read_char());
    case Kind::kString:
      return good(reader_.read_string());
    case Kind::kList:
      return list(type);
    case Kind::kRecord:
    case Kind::kTuple:
      return fields(type);
    case Kind::kVariant:
      return variant(type);
    case Kind::kEnum: {
      size_t ignored = 0;
      return index(type, type.labels().size(), ignored);
    }
    case Kind::kOption:
      return option(type);
    case Kind::kResult:
      return result(type);
    case Kind::kFlags:
      return flags(type);
  }
  THEATER_CHECK(false, "kind {}", static_cast<unsigned>(type.kind()));
  return false;
}

bool Validator::choice(const Type& type, bool& second) {
  size_t start = reader_.position();
  Result<uint8_t> byte = reader_.read_byte();
  if (!byte) return good(std::move(byte));
  if (*byte > 1) {
    return bad(start, "{}: expected 00 or 01, found {:02x}", kind_name(type.kind()), *byte);
  }
  second = *byte == 1;
  return true;
}

bool Validator::index(const Type& type, size_t count, size_t& chosen) {
  size_t start = reader_.position();
  Result<uint64_t> read = reader_.read_u(32);
  if (!read) return good(std::move(read));
  if (*read >= count) {
    return bad(start, "{}: case index {} is not below {}", kind_name(type.kind()), *read, count);
  }
  chosen = static_cast<size_t>(*read);
  return true;
}

bool Validator::nan(const Type& type) {
  size_t start = reader_.position();
  size_t size = type.kind() == Kind::kF32 ? 4 : 8;
  Result<ByteView> bytes = reader_.read_bytes(size);
  if (!bytes) return good(std::move(bytes));
  uint64_t word = 0;
  for (size_t i = 0; i < size; ++i)
    word |= uint64_t{(*bytes)[i]} << (8 * i);
  uint64_t magnitude = word & (size == 4 ? 0x7fffffffU : 0x7fffffffffffffffU);
  uint64_t infinity = size == 4 ? 0x7f800000U : 0x7ff0000000000000U;
  uint64_t canonical = size == 4 ? 0x7fc00000U : 0x7ff8000000000000U;
  if (magnitude > infinity && word != canonical) {
    return bad(start, "a NaN other than the canonical one, {:#x}", canonical);
  }
  return true;
}

bool Validator::list(const Type& type) {
  const Type& element = type.element();
  size_t start = reader_.position();
  if (element.size_min() == 0) {
    // Its elements are all the same and take nothing, so there is nothing to walk.
    Result<uint64_t> count = reader_.read_u(32);
    if (!count) return good(std::move(count));
    if (*count > kListElementsMax - empty_elements_) {
      return bad(start, "{} elements without content, and the whole value may have {}", *count,
                 kListElementsMax);
    }
    empty_elements_ += static_cast<size_t>(*count);
    return true;
  }
  Result<size_t> count = reader_.read_count(element.size_min());
  if (!count) return good(std::move(count));
  if (element.kind() == Kind::kU8 || element.kind() == Kind::kS8) {
    return good(reader_.read_bytes(*count));
  }
  for (size_t i = 0; i < *count; ++i) {
    if (!value(element)) return inside(fmt::format("[{}]", i));
  }
  return true;
}

bool Validator::fields(const Type& type) {
  size_t i = 0;
  for (const Field& field : type.fields()) {
    if (!value(field.type)) {
      return inside(field.name.empty() ? fmt::format(".{}", i) : "." + field.name);
    }
    ++i;
  }
  return true;
}

bool Validator::variant(const Type& type) {
  size_t chosen = 0;
  if (!index(type, type.cases().size(), chosen)) return false;
  const Case& one = type.cases()[chosen];
  if (!one.type || value(*one.type)) return true;
  return inside("." + one.name);
}

bool Validator::option(const Type& type) {
  bool some = false;
  if (!choice(type, some)) return false;
  if (!some || value(type.element())) return true;
  return inside(".some");
}

bool Validator::result(const Type& type) {
  bool is_error = false;
  if (!choice(type, is_error)) return false;
  const std::optional<Type>& payload = is_error ? type.error() : type.ok();
  if (!payload || value(*payload)) return true;
  return inside(is_error ? ".error" : ".ok");
}

bool Validator::flags(const Type& type) {
  size_t start = reader_.position();
  Result<ByteView> bytes = reader_.read_bytes(type.size_min());
  if (!bytes) return good(std::move(bytes));
  size_t used = type.labels().size() % 8;
  if (used != 0 && (bytes->back() >> used) != 0) {
    return bad(start + bytes->size() - 1, "{:#04x} has bits beyond the {} flags", bytes->back(),
               type.labels().size());
  }
  return true;
}

}  // namespace

Result<void> validate(const Type& type, ByteView bytes, std::string_view root) {
  size_t length = THEATER_TRY(skip(type, bytes, root));
  if (length != bytes.size()) {
    return fail(ErrorCode::kInvalidArgument, "at {}, offset {}: bytes left over after it: {}", root,
                length, bytes.size() - length);
  }
  return {};
}

Result<size_t> skip(const Type& type, ByteView bytes, std::string_view root) {
  Validator validator(bytes);
  if (!validator.value(type)) [[unlikely]]
    return std::move(validator).failure(root);
  return validator.reader().position();
}

}  // namespace theater::wit
