// What holds for every type and every value.

#include "theater/wit/diff.h"
#include "theater/wit/generate.h"
#include "theater/wit/json.h"
#include "theater/wit/print.h"
#include "theater/wit/validate.h"
#include "theater/wit/wire_type.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include <string>

namespace theater::wit::property_test {

struct Sample {
  Type type;
  Bytes value;
};

Sample sample(const Bytes& choices) {
  Choices from(choices);
  Type type = generate_type(from, 4);
  Bytes value;
  generate_value(from, type, value);
  return {type, value};
}

// Long strings of choices, so that most samples are composite.
rc::Gen<Bytes> choices() {
  return rc::gen::resize(400, rc::gen::container<Bytes>(rc::gen::arbitrary<uint8_t>()));
}

void describe(const Sample& s) {
  RC_LOG() << to_wit(s.type) << "\n";
}

RC_GTEST_PROP(EveryValue, IsAcceptedWhole, ()) {
  Sample s = sample(*choices());
  describe(s);
  Result<void> validity = validate(s.type, s.value);
  RC_ASSERT(validity.has_value());
  RC_ASSERT(s.value.size() >= s.type.size_min());
  Bytes longer = s.value;
  longer.push_back(0);
  RC_ASSERT(!validate(s.type, longer).has_value());
  RC_ASSERT(skip(s.type, longer).value() == s.value.size());
}

RC_GTEST_PROP(EveryValue, ComesBackFromJson, ()) {
  Sample s = sample(*choices());
  describe(s);
  nlohmann::json json = to_json(s.type, s.value).value();
  RC_ASSERT(from_json(s.type, json).value() == s.value);
}

RC_GTEST_PROP(EveryValue, ComesBackFromJsonText, ()) {
  Sample s = sample(*choices());
  describe(s);
  JsonStyle style = *rc::gen::element(JsonStyle::kCompact, JsonStyle::kPretty);
  std::string text = to_json_text(s.type, s.value, style).value();
  RC_LOG() << text << "\n";
  RC_ASSERT(from_json_text(s.type, text).value() == s.value);
}

RC_GTEST_PROP(EveryValue, IsRefusedWhenCutShort, ()) {
  Sample s = sample(*choices());
  describe(s);
  for (size_t length = 0; length < s.value.size(); ++length) {
    RC_ASSERT(!validate(s.type, ByteView(s.value).first(length)).has_value());
  }
}

RC_GTEST_PROP(EveryValue, WithOneBitFlippedIsRefusedOrAnotherValue, ()) {
  Sample s = sample(*choices());
  describe(s);
  for (size_t bit = 0; bit < s.value.size() * 8 && bit < 2000; ++bit) {
    Bytes flipped = s.value;
    flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    if (!validate(s.type, flipped)) {
      RC_ASSERT(!to_json(s.type, flipped).has_value());
      continue;
    }
    nlohmann::json json = to_json(s.type, flipped).value();
    RC_ASSERT(from_json(s.type, json).value() == flipped);
    RC_ASSERT(json.dump() != to_json(s.type, s.value).value().dump());
    std::optional<Difference> found = difference(s.type, s.value, flipped);
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->left != found->right);
  }
}

RC_GTEST_PROP(EveryValue, DoesNotDifferFromItself, ()) {
  Sample s = sample(*choices());
  RC_ASSERT(!difference(s.type, s.value, s.value).has_value());
}

RC_GTEST_PROP(TwoValues, DifferAtAPlaceThatShowsIt, ()) {
  Sample s = sample(*choices());
  describe(s);
  Bytes other_choices = *choices();
  Choices from(other_choices);
  Bytes other;
  generate_value(from, s.type, other);
  std::optional<Difference> found = difference(s.type, s.value, other);
  RC_ASSERT(found.has_value() == (s.value != other));
}

RC_GTEST_PROP(EveryByteString, IsAValueOrRefused, ()) {
  Bytes bytes = *choices();
  Choices from(bytes);
  Type type = generate_type(from, 4);
  Bytes rest = to_bytes(from.rest());
  if (!validate(type, rest)) {
    RC_ASSERT(!to_json(type, rest).has_value());
  } else {
    RC_ASSERT(from_json(type, to_json(type, rest).value()).value() == rest);
  }
}

void write_type(Bytes& out, const Type& type);

void write_maybe(Bytes& out, const std::optional<Type>& type) {
  out.push_back(type ? 1 : 0);
  if (type) write_type(out, *type);
}

// The writer that wire_type.h describes.
void write_type(Bytes& out, const Type& type) {
  out.push_back(static_cast<uint8_t>(type.kind()));
  switch (type.kind()) {
    case Kind::kList:
    case Kind::kOption:
      return write_type(out, type.element());
    case Kind::kRecord:
    case Kind::kTuple:
      append_u(out, type.fields().size());
      for (const Field& field : type.fields()) {
        if (type.kind() == Kind::kRecord) encode_to(out, field.name);
        write_type(out, field.type);
      }
      return;
    case Kind::kVariant:
      append_u(out, type.cases().size());
      for (const Case& one : type.cases()) {
        encode_to(out, one.name);
        write_maybe(out, one.type);
      }
      return;
    case Kind::kEnum:
    case Kind::kFlags:
      append_u(out, type.labels().size());
      for (const std::string& label : type.labels())
        encode_to(out, label);
      return;
    case Kind::kResult:
      write_maybe(out, type.ok());
      return write_maybe(out, type.error());
    case Kind::kOwn:
    case Kind::kBorrow:
      return encode_to(out, type.resource());
    default:
      return;
  }
}

RC_GTEST_PROP(EveryType, ComesBackFromItsDescription, ()) {
  Type type = sample(*choices()).type;
  Bytes description;
  write_type(description, type);
  ByteReader reader(description);
  Type read = read_type(reader).value();
  RC_ASSERT(reader.at_end());
  RC_ASSERT(read == type);
  RC_ASSERT(to_wit(read) == to_wit(type));
}

RC_GTEST_PROP(EveryType, IsRefusedWhenItsDescriptionIsCutShort, ()) {
  Type type = sample(*choices()).type;
  Bytes description;
  write_type(description, type);
  for (size_t length = 0; length < description.size(); ++length) {
    ByteReader reader(ByteView(description).first(length));
    RC_ASSERT(!read_type(reader).has_value());
  }
}

RC_GTEST_PROP(TwoTypes, MismatchUnlessTheyAreEqual, ()) {
  Type one = sample(*choices()).type;
  Type other = sample(*choices()).type;
  FuncType wanted{{{"a", one}}, one};
  FuncType found{{{"b", other}}, other};
  RC_ASSERT(mismatch(wanted, found).has_value() == !wanted.matches(found));
  RC_ASSERT(mismatch(wanted, found).has_value() == (one != other));
}

enum class Colour { kRed, kGreen, kBlue };
BOOST_DESCRIBE_ENUM(Colour, kRed, kGreen, kBlue)

struct Everything {
  bool truth = false;
  int8_t s8 = 0;
  uint16_t u16 = 0;
  int32_t s32 = 0;
  uint64_t u64 = 0;
  float f32 = 0;
  double f64 = 0;
  char32_t letter = 0;
  std::string text;
  Bytes bytes;
  std::vector<std::tuple<std::string, int64_t>> pairs;
  std::optional<std::optional<Colour>> colour;
  Flags<Colour> colours;
  tl::expected<std::vector<bool>, std::string> outcome;
  tl::expected<void, std::monostate> nothing;
  std::variant<Alternative<"none">, Alternative<"number", uint32_t>> choice;
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (truth, s8, u16, s32, u64, f32, f64, letter, text, bytes, pairs, colour,
                       colours, outcome, nothing, choice))

RC_GTEST_PROP(CxxValues, AreReadAndWrittenAsTheirTypeSays, ()) {
  Type type = type_of<Everything>();
  Bytes bytes = *choices();
  Choices from(bytes);
  Bytes value;
  generate_value(from, type, value);
  RC_ASSERT(encode(decode<Everything>(value).value()) == value);

  // Damage: both readers must agree on what is still a value.
  for (size_t bit = 0; bit < value.size() * 8; ++bit) {
    Bytes flipped = value;
    flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    Result<Everything> read = decode<Everything>(flipped);
    RC_ASSERT(read.has_value() == validate(type, flipped).has_value());
    if (read) RC_ASSERT(encode(*read) == flipped);
  }
}

RC_GTEST_PROP(Numbers, HaveOneEncoding, (uint64_t number, uint8_t byte)) {
  Bytes out;
  append_u(out, number);
  RC_ASSERT(ByteReader(out).read_u(64).value() == number);
  // Stretched by one byte, the number is refused.
  out.back() = static_cast<uint8_t>(out.back() | 0x80);
  out.push_back(0);
  RC_ASSERT(!ByteReader(out).read_u(64).has_value());

  auto wide = static_cast<int64_t>(number) >> (byte % 64);
  Bytes signed_out;
  append_s(signed_out, wide);
  RC_ASSERT(ByteReader(signed_out).read_s(64).value() == wide);
  signed_out.back() = static_cast<uint8_t>(signed_out.back() | 0x80);
  signed_out.push_back(wide < 0 ? 0x7f : 0);
  RC_ASSERT(!ByteReader(signed_out).read_s(64).has_value());
}

RC_GTEST_PROP(Bytes, AreReadAsAtMostOneNumber, (Bytes bytes)) {
  for (unsigned bits : {8U, 16U, 32U, 64U}) {
    ByteReader reader(bytes);
    if (Result<uint64_t> number = reader.read_u(bits)) {
      Bytes again;
      append_u(again, *number);
      RC_ASSERT(again == to_bytes(ByteView(bytes).first(reader.position())));
      RC_ASSERT(*number <= ~uint64_t{0} >> (64 - bits));
    }
    ByteReader signed_reader(bytes);
    if (Result<int64_t> number = signed_reader.read_s(bits)) {
      Bytes again;
      append_s(again, *number);
      RC_ASSERT(again == to_bytes(ByteView(bytes).first(signed_reader.position())));
      RC_ASSERT(*number >> (bits - 1) == 0 || *number >> (bits - 1) == -1);
    }
  }
}

}  // namespace theater::wit::property_test
