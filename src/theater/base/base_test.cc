#include "theater/base/check.h"
#include "theater/base/clock.h"
#include "theater/base/file.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/hex.h"
#include "theater/base/id.h"
#include "theater/base/nearest.h"
#include "theater/base/printable.h"
#include "theater/base/random.h"
#include "theater/base/thread_name.h"
#include "theater/base/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <pthread.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <thread>

namespace theater::base_test {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::kInvalidArgument, "{} is odd", number);
  return number / 2;
}

Result<int> quarter(int number) {
  int first = THEATER_TRY(half(number));
  return THEATER_TRY_CONTEXT(half(first), "halving {} again", number);
}

TEST(Result, CarriesAValueOrAnErrorWithItsContext) {
  EXPECT_EQ(quarter(12).value(), 3);
  auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failed.error().to_string(), "halving 6 again: 3 is odd");
}

Result<void> small_and_even(int number) {
  if (number > 9) return fail(ErrorCode::kInvalidArgument, "{} is large", number);
  THEATER_TRY_VOID(half(number));
  return {};
}

TEST(Result, TryVoidPassesTheErrorOfAnyResult) {
  EXPECT_TRUE(small_and_even(2));
  EXPECT_EQ(small_and_even(3).error().message(), "3 is odd");
  auto passed = [](int number) -> Result<int> {
    THEATER_TRY_VOID(small_and_even(number));
    return THEATER_TRY(quarter(number));
  };
  EXPECT_EQ(passed(12).error().message(), "12 is large");
  EXPECT_EQ(passed(8).value(), 2);
  EXPECT_EQ(passed(6).error().to_string(), "halving 6 again: 3 is odd");
}

TEST(Error, OutlivesTheTemporaryThatItWasMadeFrom) {
  auto&& error = Error(ErrorCode::kIo, std::string(100, 'm')).with_hint("hint").with_context("in");
  EXPECT_EQ(error.to_string(), "in: " + std::string(100, 'm'));
  EXPECT_EQ(error.hint(), "hint");
  static_assert(std::is_same_v<decltype(std::declval<Error>().with_hint("")), Error>);
  static_assert(std::is_same_v<decltype(std::declval<Error>().with_context("")), Error>);
}

TEST(CheckDeathTest, AFailedCheckSaysWhatAndWhere) {
  EXPECT_DEATH(THEATER_CHECK(1 == 2, "the sum of {}", 3),
               "base_test.cc:.*check failed: 1 == 2: the sum of 3");
}

TEST(Hex, RefusesOddLengthsAndOtherCharacters) {
  EXPECT_EQ(to_hex(from_hex("00fFa1").value()), "00ffa1");
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_NE(from_hex("00g0").error().message().find("position 2"), std::string::npos);
}

TEST(Utf8, ReplacesWhatIsNotText) {
  EXPECT_EQ(as_utf8(""), "");
  EXPECT_EQ(as_utf8("a\xff\xfe"
                    "b\xe2\x82"),
            "a\ufffd\ufffdb\ufffd\ufffd");
  EXPECT_EQ(as_utf8("\u20ac"), "\u20ac");
}

RC_GTEST_PROP(Hex, RoundTripsEveryByteString, (const Bytes& bytes)) {
  RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes);
}

// FIPS 180-2 appendix B.1, RFC 6962 section 2.1 (empty leaf), RFC 4231 case 2.
TEST(Hash, MatchesThePublishedVectors) {
  EXPECT_EQ(sha256(as_bytes("abc")).to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(leaf_hash({}).to_string(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).to_string(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hash, OfPartsIsTheHashOfTheWhole) {
  EXPECT_EQ(sha256({as_bytes("ab"), as_bytes(""), as_bytes("c")}), sha256(as_bytes("abc")));
}

TEST(Hash, ParsesOnlySixtyFourDigits) {
  Hash hash = sha256(as_bytes("x"));
  EXPECT_EQ(Hash::parse(hash.to_string()).value(), hash);
  EXPECT_FALSE(Hash::parse("00"));
  EXPECT_FALSE(Hash::parse(std::string(64, 'z')));
}

TEST(ActorId, ParsesWithAndWithoutDashes) {
  SeededRandom random(1);
  ActorId id = ActorId::generate(random);
  std::string text = id.to_string();
  EXPECT_EQ(text.size(), 32U);
  EXPECT_EQ(ActorId::parse(text).value(), id);
  std::string dashed = text.substr(0, 8) + "-" + text.substr(8, 4) + "-" + text.substr(12, 4) +
                       "-" + text.substr(16, 4) + "-" + text.substr(20);
  EXPECT_EQ(ActorId::parse(dashed).value(), id);
  EXPECT_FALSE(ActorId::parse("../etc/passwd"));
  EXPECT_FALSE(ActorId::parse(std::string(32, 'g')));
  EXPECT_FALSE(ActorId::parse(text + "00"));
  EXPECT_FALSE(ActorId::parse(text.substr(2)));
}

TEST(Random, TheSameSeedDrawsTheSame) {
  SeededRandom a(7);
  SeededRandom b(7);
  EXPECT_EQ(a.next_u64(), b.next_u64());
  EXPECT_NE(a.next_u64(), SeededRandom(8).next_u64());
}

TEST(Random, BelowStaysBelow) {
  SeededRandom random(3);
  std::array<int, 5> seen{};
  for (int i = 0; i < 500; ++i)
    ++seen.at(random.below(5));
  EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int count) { return count > 50; }));
}

TEST(Clock, AManualClockMovesOnlyWhenTold) {
  ManualClock clock(1000);
  EXPECT_EQ(clock.wall_us(), 1000U);
  clock.advance(std::chrono::microseconds(5));
  EXPECT_EQ(clock.wall_us(), 1005U);
  EXPECT_EQ(clock.monotonic(), std::chrono::microseconds(5));
}

TEST(Utf8, FollowsTheTableOfWellFormedSequences) {
  EXPECT_TRUE(is_utf8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xad"));
  for (const char* bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    EXPECT_FALSE(is_utf8(bad)) << escape_control(bad);
  }
  EXPECT_EQ(utf8_valid_prefix("0123456789\xff"), 10U);
}

RC_GTEST_PROP(Utf8, EveryScalarValueRoundTrips, ()) {
  auto scalar = *rc::gen::inRange<uint32_t>(0, 0x110000);
  RC_PRE(scalar < 0xd800 || scalar > 0xdfff);
  std::string text;
  utf8_append(text, scalar);
  RC_ASSERT(utf8_sequence_length(text) == text.size());
  RC_ASSERT(utf8_decode(text, text.size()) == scalar);
}

TEST(Nearest, FindsASlipAndNothingFarther) {
  std::array<std::string, 3> known = {"handler", "component", "version"};
  EXPECT_EQ(nearest("hanlder", known), "handler");
  EXPECT_EQ(nearest("components", known), "component");
  EXPECT_EQ(nearest("zzz", known), std::nullopt);
}

RC_GTEST_PROP(Nearest, TheDistanceIsSymmetricAndZeroOnlyForEqualText,
              (const std::string& a, const std::string& b)) {
  RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
  RC_ASSERT((edit_distance(a, b) == 0) == (a == b));
}

TEST(Guarded, WaitsUntilTheValueIsReady) {
  Guarded<int> value(0);
  std::thread writer([&] {
    value.with([](int& number) { number = 42; });
    value.notify_all();
  });
  int seen = value.wait([](int number) { return number != 0; }, [](int number) { return number; });
  writer.join();
  EXPECT_EQ(seen, 42);
}

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    OsRandom random;
    folder_ = std::filesystem::temp_directory_path() /
              ("theater-base-" + ActorId::generate(random).to_string());
    std::filesystem::create_directory(folder_);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(FileTest, ReadsBackWhatWasWrittenAndLeavesNothingElse) {
  Bytes bytes = {0, 1, 2, 255};
  ASSERT_TRUE(write_file(folder_ / "a", bytes, FileMode::kPrivate));
  EXPECT_EQ(read_file(folder_ / "a").value(), bytes);
  struct stat status{};
  ASSERT_EQ(::stat((folder_ / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, NamesTheFileAndTheReason) {
  auto missing = read_file(folder_ / "no");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message().find((folder_ / "no").string()), std::string::npos);
  EXPECT_EQ(read_file(folder_).error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(write_file(folder_ / "big", Bytes(100)));
  EXPECT_EQ(read_file(folder_ / "big", 99).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_FALSE(write_file(folder_ / "none" / "a", Bytes(1)));
}

TEST_F(FileTest, DoesNotWaitForTheWriterOfAPipe) {
  std::filesystem::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read_file(pipe).error().code(), ErrorCode::kInvalidArgument);
}

TEST(ThreadName, KeepsWhatTheKernelTakes) {
  std::array<char, 16> name{};
  std::thread thread([&] {
    name_this_thread("a name that is far too long");
    pthread_getname_np(pthread_self(), name.data(), name.size());
  });
  thread.join();
  EXPECT_STREQ(name.data(), "a name that is ");
}

}  // namespace theater::base_test
