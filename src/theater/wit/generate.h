// Types and values made from a string of bytes, for property tests and fuzzing: every choice takes
// bytes from the front, and when they run out every choice is the simplest. So a shorter or
// smaller input is a simpler case, which is what shrinking needs.
#pragma once

#include "theater/base/bytes.h"
#include "theater/wit/traits.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace theater::wit {

class Choices {
 public:
  explicit Choices(ByteView bytes) : bytes_(bytes) {}

  // A number below `bound`, which is at most 256.
  size_t below(size_t bound) { return byte() % bound; }
  uint8_t byte() {
    if (bytes_.empty()) return 0;
    uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  // Any number, with small ones and the ends of the range of `bits` bits more likely.
  uint64_t number(unsigned bits) {
    uint64_t mask = ~uint64_t{0} >> (64 - bits);
    switch (below(4)) {
      case 0:
        return byte() & mask;
      case 1:
        return (mask - byte()) & mask;
      case 2:
        return (uint64_t{1} << below(bits)) & mask;
      default: {
        uint64_t value = 0;
        for (int i = 0; i < 8; ++i)
          value = (value << 8) | byte();
        return value & mask;
      }
    }
  }
  ByteView rest() const { return bytes_; }

 private:
  ByteView bytes_;
};

// A type of at most `depth` levels.
inline Type generate_type(Choices& from, size_t depth) {
  auto name = [&](size_t i) { return fmt::format("{}-{}", "abc"[from.below(3)], i); };
  auto inner = [&] { return generate_type(from, depth - 1); };
  auto maybe = [&] { return from.below(2) == 0 ? std::optional<Type>() : inner(); };
  auto labels = [&](size_t count) {
    std::vector<std::string> all;
    for (size_t i = 0; i < count; ++i)
      all.push_back(name(i));
    return all;
  };
  // Kinds with parts are more likely than each of the many without.
  constexpr size_t kFirstWithParts = static_cast<size_t>(Kind::kList);
  size_t choice = from.below(64);
  if (choice >= kKindCount) {
    choice = kFirstWithParts + choice % (kKindCount - kFirstWithParts);
  }
  Kind kind = static_cast<Kind>(choice);
  if (depth == 1 && kind > Kind::kString) kind = Kind::kString;
  switch (kind) {
    case Kind::kList:
      return Type::list(inner());
    case Kind::kRecord: {
      std::vector<Field> fields;
      size_t count = from.below(5);
      for (size_t i = 0; i < count; ++i)
        fields.push_back({name(i), inner()});
      return Type::record(std::move(fields));
    }
    case Kind::kTuple: {
      std::vector<Type> elements;
      size_t count = from.below(5);
      for (size_t i = 0; i < count; ++i)
        elements.push_back(inner());
      return Type::tuple(std::move(elements));
    }
    case Kind::kVariant: {
      std::vector<Case> cases;
      size_t count = 1 + from.below(5);
      for (size_t i = 0; i < count; ++i)
        cases.push_back({name(i), maybe()});
      return Type::variant(std::move(cases));
    }
    case Kind::kEnum:
      return Type::enumeration(labels(1 + from.below(200)));
    case Kind::kOption:
      return Type::option(inner());
    case Kind::kResult: {
      std::optional<Type> ok = maybe();
      return Type::result(std::move(ok), maybe());
    }
    case Kind::kFlags:
      return Type::flags(labels(from.below(40)));
    case Kind::kOwn:
      return Type::own("file");
    case Kind::kBorrow:
      return Type::borrow("file");
    default:
      return Type::primitive(kind);
  }
}

inline char32_t generate_scalar(Choices& from) {
  uint64_t scalar = from.number(from.below(2) == 0 ? 7 : 21) % 0x110000;
  return scalar >= 0xd800 && scalar <= 0xdfff ? U'\ufffd' : static_cast<char32_t>(scalar);
}

// Appends a value of `type`.
inline void generate_value(Choices& from, const Type& type, Bytes& out) {
  auto maybe = [&](const std::optional<Type>& part) {
    if (part) generate_value(from, *part, out);
  };
  auto signed_number = [&](unsigned bits) {
    append_s(out, static_cast<int64_t>(from.number(bits) << (64 - bits)) >> (64 - bits));
  };
  switch (type.kind()) {
    case Kind::kBool:
      return out.push_back(static_cast<uint8_t>(from.below(2)));
    case Kind::kS8:
    case Kind::kU8:
      return out.push_back(from.byte());
    case Kind::kS16:
      return signed_number(16);
    case Kind::kS32:
      return signed_number(32);
    case Kind::kS64:
      return signed_number(64);
    case Kind::kU16:
      return append_u(out, from.number(16));
    case Kind::kU32:
    case Kind::kOwn:
    case Kind::kBorrow:
      return append_u(out, from.number(32));
    case Kind::kU64:
      return append_u(out, from.number(64));
    case Kind::kF32:
      return encode_to(out, std::bit_cast<float>(static_cast<uint32_t>(from.number(32))));
    case Kind::kF64:
      return encode_to(out, std::bit_cast<double>(from.number(64)));
    case Kind::kChar:
      return encode_to(out, generate_scalar(from));
    case Kind::kString: {
      Bytes text;
      for (size_t left = from.below(20); left > 0; --left)
        encode_to(text, generate_scalar(from));
      return encode_to(out, text);
    }
    case Kind::kList: {
      size_t count = from.below(20);
      append_u(out, count);
      for (size_t i = 0; i < count; ++i)
        generate_value(from, type.element(), out);
      return;
    }
    case Kind::kRecord:
    case Kind::kTuple:
      for (const Field& field : type.fields())
        generate_value(from, field.type, out);
      return;
    case Kind::kVariant: {
      size_t chosen = from.below(type.cases().size());
      append_u(out, chosen);
      return maybe(type.cases()[chosen].type);
    }
    case Kind::kEnum:
      return append_u(out, from.below(type.labels().size()));
    case Kind::kOption:
      out.push_back(static_cast<uint8_t>(from.below(2)));
      if (out.back() == 1) generate_value(from, type.element(), out);
      return;
    case Kind::kResult:
      out.push_back(static_cast<uint8_t>(from.below(2)));
      return maybe(out.back() == 0 ? type.ok() : type.error());
    case Kind::kFlags:
      for (size_t i = 0; i < type.size_min(); ++i) {
        size_t used = std::min<size_t>(8, type.labels().size() - 8 * i);
        out.push_back(static_cast<uint8_t>(from.byte() >> (8 - used)));
      }
      return;
  }
}

}  // namespace theater::wit
