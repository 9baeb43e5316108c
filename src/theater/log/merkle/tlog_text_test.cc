#include "theater/log/merkle/tlog_text.h"

#include "theater/log/testing/sample_chain.h"

#include <gtest/gtest.h>

namespace theater::log::tlog_text_test {

constexpr std::string_view kNote = "origin\n1\nroot\n\n— origin sig\n";
constexpr std::string_view kHash = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n";

std::string with(std::string_view begin, std::string_view hashes) {
  return std::string(begin) + std::string(hashes) + "\n" + std::string(kNote);
}

TEST(TlogText, IsWrittenAsTheSpecificationsHaveIt) {
  EXPECT_EQ(to_text(InclusionText{12, {sample_hash(7)}, std::string(kNote)}),
            with("c2sp.org/tlog-proof@v1\nindex 12\n", kHash));
  EXPECT_EQ(to_text(ConsistencyText{3, {}, std::string(kNote)}), with("old 3\n", ""));
}

TEST(TlogText, ReadsWhatItWrites) {
  for (const std::vector<Hash>& hashes :
       {std::vector<Hash>{}, {sample_hash(1)}, std::vector<Hash>(64, sample_hash(2))}) {
    InclusionText inclusion{UINT64_MAX, hashes, std::string(kNote)};
    EXPECT_EQ(parse_inclusion_text(to_text(inclusion)).value(), inclusion);
    ConsistencyText consistency{0, hashes, std::string(kNote)};
    EXPECT_EQ(parse_consistency_text(to_text(consistency)).value(), consistency);
  }
}

TEST(TlogText, RefusesAnythingElse) {
  for (const std::string& text : {
           std::string(),
           std::string("c2sp.org/tlog-proof@v1\n"),
           std::string("c2sp.org/tlog-proof@v1\nindex 1"),
           with("c2sp.org/tlog-proof@v2\nindex 1\n", kHash),
           with("c2sp.org/tlog-proof@v1\nindex 01\n", kHash),
           with("c2sp.org/tlog-proof@v1\nindex -1\n", kHash),
           with("c2sp.org/tlog-proof@v1\nindex 18446744073709551616\n", kHash),
           with("c2sp.org/tlog-proof@v1\nindex \n", kHash),
           with("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 1\n", kHash),
           with("c2sp.org/tlog-proof@v1\nindex 1\n", "short\n"),
           with("c2sp.org/tlog-proof@v1\r\nindex 1\r\n", kHash),
       }) {
    EXPECT_FALSE(parse_inclusion_text(text)) << text;
  }
  EXPECT_FALSE(parse_consistency_text(with("c2sp.org/tlog-proof@v1\nindex 1\n", kHash)));
  EXPECT_FALSE(parse_consistency_text("old 4\n" + std::string(kHash)));
}

}  // namespace theater::log::tlog_text_test
