#include "theater/handlers/http_client/echo_scan.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace theater::echo_scan_test {

using Verdict = EchoScan::Verdict;

constexpr std::string_view kSecret = "sk-0123456789abcdef";

SecretValue value_of(std::string_view text) {
  return std::make_shared<const SecretBytes>(as_bytes(text));
}

// What a scan hands on of a body that comes in pieces; none if it finds a value.
std::optional<std::string> scanned(EchoScan& scan, const std::vector<std::string>& pieces) {
  std::string all;
  for (const std::string& piece : pieces) {
    std::optional<Bytes> clean = scan.next(as_bytes(piece));
    if (!clean) return std::nullopt;
    all += as_text(*clean);
  }
  return all + std::string(as_text(scan.finish()));
}

TEST(EchoScan, FindsAValueThatIsSplitAtEveryByte) {
  std::string body = fmt::format("before {} after", kSecret);
  for (size_t first = 0; first <= body.size(); ++first) {
    for (size_t second = first; second <= body.size(); ++second) {
      EchoScan scan({value_of(kSecret)});
      EXPECT_EQ(scanned(scan, {body.substr(0, first), body.substr(first, second - first),
                               body.substr(second)}),
                std::nullopt)
          << first << " " << second;
    }
  }
  EchoScan scan({value_of(kSecret)});
  std::vector<std::string> bytes;
  for (char c : body)
    bytes.emplace_back(1, c);
  EXPECT_EQ(scanned(scan, bytes), std::nullopt);
}

TEST(EchoScan, HandsOnNoByteOfAValue) {
  for (size_t split = 0; split <= kSecret.size(); ++split) {
    EchoScan scan({value_of(kSecret)});
    std::optional<Bytes> first = scan.next(as_bytes(kSecret.substr(0, split)));
    EXPECT_EQ(first.has_value(), split < kSecret.size());
    EXPECT_EQ(as_text(first.value_or(Bytes())), "");
    EXPECT_FALSE(scan.next(as_bytes(kSecret.substr(split))));
    EXPECT_FALSE(scan.next(as_bytes("more"))) << "what follows is the server's to choose";
    EXPECT_TRUE(scan.finish().empty());
  }
}

TEST(EchoScan, HoldsBackAsManyBytesWhateverTheyAre) {
  EchoScan like({value_of(kSecret)});
  EchoScan unlike({value_of(kSecret)});
  std::string other(kSecret.size() - 1, 'x');
  EXPECT_EQ(like.held_back_max(), kSecret.size() - 1);
  EXPECT_EQ(like.next(as_bytes("12" + std::string(kSecret.substr(0, kSecret.size() - 1))))->size(),
            unlike.next(as_bytes("12" + other))->size());
  EXPECT_EQ(unlike.next(as_bytes("34"))->size(), 2u);
  EXPECT_EQ(as_text(unlike.finish()), other.substr(2) + "34");
}

TEST(EchoScan, FindsEachOfSeveralValues) {
  constexpr std::string_view kOther = "another-secret-of-more-bytes";
  for (std::string_view echoed : {kSecret, kOther}) {
    EchoScan scan({value_of(kSecret), value_of(kOther)});
    EXPECT_EQ(scan.held_back_max(), kOther.size() - 1);
    EXPECT_EQ(scanned(scan, {"a", std::string(echoed), "b"}), std::nullopt);
  }
}

TEST(EchoScan, WithoutAValueHoldsNothingBack) {
  EchoScan scan;
  EXPECT_EQ(as_text(*scan.next(as_bytes(kSecret))), kSecret);
  EXPECT_TRUE(scan.finish().empty());
  EXPECT_EQ(scan.judge({{"Location", std::string(kSecret)}, {"Content-Encoding", "gzip"}}),
            Verdict::kClean);
}

TEST(EchoScan, FindsAValueInAnyHeader) {
  EchoScan scan({value_of(kSecret)});
  std::string secret(kSecret);
  EXPECT_EQ(scan.judge({{"Server", "x"}, {"Location", "https://b.org/?key=" + secret}}),
            Verdict::kReveals);
  EXPECT_EQ(scan.judge({{"X-" + secret, "1"}}), Verdict::kReveals);
  EXPECT_EQ(scan.judge({{"Location", "https://b.org/?key=" + secret.substr(1)}}), Verdict::kClean);
}

TEST(EchoScan, SeesEncodingsThatWouldHideAValue) {
  EchoScan scan({value_of(kSecret)});
  for (const char* encoding : {"gzip", "identity, br", "x", "GZIP"}) {
    EXPECT_EQ(scan.judge({{"content-encoding", encoding}}), Verdict::kEncoded) << encoding;
    EXPECT_EQ(scan.judge({{"Transfer-Encoding", std::string(encoding) + ", chunked"}}),
              Verdict::kEncoded);
  }
  for (const char* encoding : {"", "identity", "Identity", " identity ,"})
    EXPECT_EQ(scan.judge({{"Content-Encoding", encoding}}), Verdict::kClean) << encoding;
  EXPECT_EQ(scan.judge({{"Transfer-Encoding", "Chunked"}}), Verdict::kClean);
}

RC_GTEST_PROP(EchoScan, HandsOnCleanBodiesUnchanged, (const std::vector<std::string>& pieces)) {
  EchoScan scan({value_of(kSecret)});
  std::string whole;
  for (const std::string& piece : pieces)
    whole += piece;
  RC_PRE(whole.find(kSecret) == whole.npos);
  RC_ASSERT(scanned(scan, pieces) == whole);
}

}  // namespace theater::echo_scan_test
