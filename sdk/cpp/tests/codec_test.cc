#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/codec.hpp>

#include <limits>

namespace theater {
namespace {

using ::testing::HasSubstr;

enum class Colour : uint8_t { kRed, kBlue };

struct Point {
  int32_t x = 0;
  int32_t y = 0;
  THEATER_FIELDS(x, y)
  bool operator==(const Point&) const = default;
};

struct Everything {
  bool flag = false;
  int64_t number = 7;
  uint8_t small = 0;
  double ratio = 0;
  std::string text;
  Colour colour = Colour::kRed;
  Point point;
  std::optional<std::string> maybe;
  std::vector<Point> points;
  std::map<std::string, int> counts;
  THEATER_FIELDS(flag, number, small, ratio, text, colour, point, maybe, points, counts)
  bool operator==(const Everything&) const = default;
};

Everything sample() {
  Everything value{true,
                   std::numeric_limits<int64_t>::min(),
                   255,
                   -0.5,
                   std::string("a\0b", 3),
                   Colour::kBlue,
                   {-1, 2},
                   "x",
                   {{1, 2}, {3, 4}},
                   {{"k", -9}, {"l", 0}}};
  return value;
}

template <class Codec>
Everything round_trip(const Everything& value) {
  auto loaded = Codec::template load<Everything>(Codec::save(value));
  EXPECT_TRUE(loaded) << loaded.error();
  return *loaded;
}

TEST(RecordCodec, KeepsEveryKindOfField) {
  EXPECT_EQ(round_trip<RecordCodec>(sample()), sample());
  EXPECT_EQ(round_trip<RecordCodec>(Everything{}), Everything{});
}

TEST(JsonCodec, KeepsEveryKindOfField) {
  EXPECT_EQ(round_trip<JsonCodec>(sample()), sample());
  EXPECT_EQ(round_trip<JsonCodec>(Everything{}), Everything{});
}

TEST(RecordCodec, IsCompact) {
  EXPECT_EQ(RecordCodec::save(Point{-1, 64}), std::string("\x01\x01\x80\x01", 4));
}

TEST(RecordCodec, TakesFieldsFromAnInitialStateInJson) {
  auto loaded = RecordCodec::load<Point>(R"({"y": 5, "unknown": true})");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*loaded, (Point{0, 5}));
}

TEST(RecordCodec, GivesFieldsThatAreMissingAtTheEndTheirDefault) {
  EXPECT_EQ(RecordCodec::load<Point>(std::string_view("\x01\x02", 2)), (Point{1, 0}));
}

TEST(RecordCodec, RefusesFalseBytes) {
  std::string whole = *RecordCodec::save(sample());
  // Some prefixes end where a field of the actor does, and load; none may crash or read beyond its
  // end.
  size_t refused = 0;
  for (size_t size = 1; size < whole.size(); ++size) {
    refused += !RecordCodec::load<Everything>(std::string(whole, 0, size));
  }
  EXPECT_GT(refused, whole.size() / 2);
  EXPECT_FALSE(RecordCodec::load<Point>("\x01\x02\x02\x02"));
  EXPECT_FALSE(RecordCodec::load<Point>("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"));
  EXPECT_FALSE(RecordCodec::load<Everything>("\x01\x02"));
}

TEST(JsonCodec, NamesTheFieldThatDoesNotFit) {
  auto error = [](std::string_view text) {
    auto loaded = JsonCodec::load<Everything>(text);
    return loaded ? "none" : loaded.error();
  };
  EXPECT_EQ(error(R"({"point": {"x": "no"}})"),
            "the state: expected an integer that fits in `x` in `point`");
  EXPECT_EQ(error(R"({"small": 256})"), "the state: expected an integer that fits in `small`");
  EXPECT_EQ(error(R"({"points": [{"x": 1}, 2]})"), "the state: expected an array in `points`");
  EXPECT_EQ(error("[]"), "the state: expected a JSON object");
  EXPECT_THAT(error("{"), HasSubstr("JSON, byte 1"));
}

struct OwnBytes {
  std::string text = "default";
  static Result<OwnBytes> load(std::string_view kept) {
    if (kept == "bad") return fail("bad bytes");
    return OwnBytes{std::string(kept)};
  }
  std::string save() const { return text; }
};

TEST(BytesCodec, IsTheActorsOwn) {
  EXPECT_EQ(BytesCodec::load<OwnBytes>("abc")->text, "abc");
  EXPECT_EQ(BytesCodec::load<OwnBytes>(std::nullopt)->text, "default");
  EXPECT_EQ(BytesCodec::load<OwnBytes>("bad").error(), "bad bytes");
  EXPECT_EQ(BytesCodec::save(OwnBytes{"x"}), "x");
}

struct Chosen {
  int n = 0;
  THEATER_FIELDS(n)
  using Codec = JsonCodec;
};
struct Empty {};

TEST(Codec, IsChosenByWhatTheActorHas) {
  EXPECT_TRUE((std::same_as<detail::CodecOf<Point>, RecordCodec>));
  EXPECT_TRUE((std::same_as<detail::CodecOf<Chosen>, JsonCodec>));
  EXPECT_TRUE((std::same_as<detail::CodecOf<OwnBytes>, BytesCodec>));
  EXPECT_TRUE((std::same_as<detail::CodecOf<Empty>, NoState>));
  EXPECT_EQ(NoState::save(Empty{}), std::nullopt);
}

}  // namespace
}  // namespace theater
