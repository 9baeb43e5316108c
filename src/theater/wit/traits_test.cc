#include "theater/wit/traits.h"

#include "theater/wit/print.h"
#include "theater/wit/validate.h"

#include <gtest/gtest.h>

#include <limits>

namespace theater::wit::traits_test {

enum class Level { kDebug, kInfo, kVeryBad };
BOOST_DESCRIBE_ENUM(Level, kDebug, kInfo, kVeryBad)

enum class Access { kRead, kWrite };
BOOST_DESCRIBE_ENUM(Access, kRead, kWrite)

struct Entry {
  uint64_t seq_number = 0;
  std::string name;
  std::optional<Bytes> default_;
  bool operator==(const Entry&) const = default;
};
BOOST_DESCRIBE_STRUCT(Entry, (), (seq_number, name, default_))

struct Started {
  static constexpr std::string_view kCaseName = "started";
  uint32_t incarnation = 0;
  bool operator==(const Started&) const = default;
};
BOOST_DESCRIBE_STRUCT(Started, (), (incarnation))

struct Stopped {
  static constexpr std::string_view kCaseName = "stopped";
  bool operator==(const Stopped&) const = default;
};

struct Event : std::variant<Stopped, Started, Alternative<"data", Bytes>, Alternative<"end">> {
  using variant::variant;
};

template <class T>
Bytes there_and_back(const T& value) {
  Bytes bytes = encode(value);
  EXPECT_TRUE(validate(type_of<T>(), bytes));
  Result<T> again = decode<T>(bytes);
  EXPECT_TRUE(again.has_value());
  EXPECT_EQ(again ? encode(*again) : Bytes(), bytes);
  return bytes;
}

template <class T>
std::string fault(const Bytes& bytes) {
  Result<T> value = decode<T>(bytes);
  return value ? "none" : value.error().message();
}

TEST(Traits, EncodePrimitives) {
  EXPECT_EQ(there_and_back(true), (Bytes{1}));
  EXPECT_EQ(there_and_back(int8_t{-1}), (Bytes{0xff}));
  EXPECT_EQ(there_and_back(uint8_t{200}), (Bytes{200}));
  EXPECT_EQ(there_and_back(int16_t{-2}), (Bytes{0x7e}));
  EXPECT_EQ(there_and_back(uint32_t{300}), (Bytes{0xac, 0x02}));
  EXPECT_EQ(there_and_back(1.5F), (Bytes{0, 0, 0xc0, 0x3f}));
  EXPECT_EQ(there_and_back(-2.0), (Bytes{0, 0, 0, 0, 0, 0, 0, 0xc0}));
  EXPECT_EQ(there_and_back(U'é'), (Bytes{0xc3, 0xa9}));
  EXPECT_EQ(there_and_back(std::string("hi")), (Bytes{2, 'h', 'i'}));
}

TEST(Traits, EncodeContainers) {
  EXPECT_EQ(there_and_back(Bytes{1, 2}), (Bytes{2, 1, 2}));
  EXPECT_EQ(there_and_back(std::vector<bool>{true, false}), (Bytes{2, 1, 0}));
  EXPECT_EQ(there_and_back(std::vector<std::string>{"a", ""}), (Bytes{2, 1, 'a', 0}));
  EXPECT_EQ(there_and_back(std::tuple<uint8_t, bool>{7, true}), (Bytes{7, 1}));
  EXPECT_EQ(there_and_back(std::optional<uint8_t>(7)), (Bytes{1, 7}));
  EXPECT_EQ(there_and_back(std::optional<uint8_t>()), (Bytes{0}));
}

TEST(Traits, EncodeResultsWithAndWithoutPayloads) {
  EXPECT_EQ(there_and_back(tl::expected<uint8_t, std::string>(7)), (Bytes{0, 7}));
  EXPECT_EQ(there_and_back(tl::expected<void, std::string>(tl::unexpect, "x")), (Bytes{1, 1, 'x'}));
  EXPECT_EQ(there_and_back(tl::expected<void, std::string>()), (Bytes{0}));
  using NoError = tl::expected<std::monostate, std::monostate>;
  EXPECT_EQ(there_and_back(NoError(tl::unexpect, std::monostate())), (Bytes{1}));
  EXPECT_EQ(to_wit(type_of<NoError>()), "result");
}

TEST(Traits, EncodeDescribedStructsInOrder) {
  EXPECT_EQ(there_and_back(Entry{1, "a", Bytes{9}}), (Bytes{1, 1, 'a', 1, 1, 9}));
  EXPECT_EQ(to_wit(type_of<Entry>()),
            "record { seq-number: u64, name: string, default: option<list<u8>> }");
  EXPECT_EQ(decode<Entry>(Bytes{1, 1, 'a', 0}).value(), (Entry{1, "a", std::nullopt}));
}

TEST(Traits, EncodeEnumsAndFlags) {
  EXPECT_EQ(there_and_back(Level::kVeryBad), (Bytes{2}));
  EXPECT_EQ(to_wit(type_of<Level>()), "enum { debug, info, very-bad }");
  EXPECT_EQ(there_and_back(Flags<Access>{Access::kWrite}), (Bytes{2}));
  EXPECT_EQ(to_wit(type_of<Flags<Access>>()), "flags { read, write }");
}

TEST(Traits, EncodeVariantsByCase) {
  EXPECT_EQ(there_and_back(Event(Stopped())), (Bytes{0}));
  EXPECT_EQ(there_and_back(Event(Started{5})), (Bytes{1, 5}));
  EXPECT_EQ(there_and_back(Event(Alternative<"data", Bytes>{{1}})), (Bytes{2, 1, 1}));
  EXPECT_EQ(there_and_back(Event(Alternative<"end">())), (Bytes{3}));
  EXPECT_EQ(to_wit(type_of<Event>()),
            "variant { stopped, started(record { incarnation: u32 }), data(list<u8>), end }");
  Event event = decode<Event>(Bytes{1, 5}).value();
  EXPECT_EQ(std::get<Started>(event).incarnation, 5U);
}

TEST(Traits, EncodeParametersAsOneTuple) {
  Bytes out;
  encode_params(out, std::string_view("a"), uint8_t{3}, std::optional<bool>(true));
  using Params = std::tuple<std::string, uint8_t, std::optional<bool>>;
  EXPECT_EQ(decode<Params>(out).value(), (Params{"a", 3, true}));
}

TEST(Traits, DecodeViewsInPlace) {
  Bytes encoded = encode(std::tuple<std::string, Bytes>{"text", {1, 2}});
  auto [text, bytes] = decode<std::tuple<std::string_view, ByteView>>(encoded).value();
  EXPECT_EQ(text, "text");
  EXPECT_EQ(text.data(), as_text(encoded).data() + 1);
  EXPECT_EQ(to_bytes(bytes), (Bytes{1, 2}));
}

TEST(Traits, EncodeTextThatIsNotUtf8WithReplacements) {
  EXPECT_EQ(decode<std::string>(encode(std::string("a\xff"
                                                   "b\xc3")))
                .value(),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd");
  EXPECT_EQ(encode(char32_t{0xd800}), (Bytes{0xef, 0xbf, 0xbd}));
  EXPECT_EQ(encode(char32_t{0x110000}), (Bytes{0xef, 0xbf, 0xbd}));
}

TEST(Traits, EncodeEveryNanAsTheCanonicalOne) {
  EXPECT_EQ(encode(-std::numeric_limits<float>::quiet_NaN()), (Bytes{0, 0, 0xc0, 0x7f}));
  EXPECT_EQ(encode(std::bit_cast<double>(0xfff0000000000001U)),
            (Bytes{0, 0, 0, 0, 0, 0, 0xf8, 0x7f}));
}

TEST(Traits, RefuseWhatIsNoValue) {
  EXPECT_EQ(fault<bool>({2}), "offset 0: bool: unexpected byte 02");
  EXPECT_EQ(fault<Level>({3}), "before offset 1: enum: case index 3 is not below 3");
  EXPECT_EQ(fault<Event>({4}), "before offset 1: variant: case index 4 is not below 4");
  EXPECT_EQ(fault<Flags<Access>>({4}), "offset 0: flags: unexpected byte 04");
  EXPECT_EQ(fault<float>({1, 0, 0xc0, 0x7f}),
            "before offset 4: a NaN other than the canonical one");
  EXPECT_EQ(fault<Entry>({1, 5, 'a'}),
            "offset 1: 5 elements of at least 1 bytes cannot be in the 1 bytes left");
  EXPECT_EQ(fault<uint8_t>({1, 2}), "offset 1: bytes left over after the value: 1");
  EXPECT_EQ(fault<std::vector<double>>({2, 0, 0, 0, 0, 0, 0, 0, 0}),
            "offset 0: 2 elements of at least 8 bytes cannot be in the 8 bytes left");
}

TEST(FuncTypeOf, DerivesTheSignature) {
  using Log = tl::expected<void, std::string>(std::string_view, const Entry&);
  EXPECT_EQ(to_wit("log", func_type_of<Log>({"msg"})),
            "log: func(msg: string, p1: record { seq-number: u64, name: string, default: "
            "option<list<u8>> }) -> result<_, string>");
  EXPECT_EQ(to_wit("stop", func_type_of<void()>()), "stop: func()");
}

}  // namespace theater::wit::traits_test
