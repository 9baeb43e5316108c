#include "theater/handlers/process/output_framer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::output_framer_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Mode = FramingRules::Mode;
using Pieces = std::vector<std::string>;

Pieces pieces(OutputFramer& framer) {
  Pieces all;
  while (auto piece = framer.next())
    all.emplace_back(piece->begin(), piece->end());
  return all;
}

Pieces put(OutputFramer& framer, std::string_view text) {
  framer.put(as_bytes(text));
  return pieces(framer);
}

Pieces finish(OutputFramer& framer) {
  framer.finish();
  return pieces(framer);
}

// The pieces of a text that comes in parts of that size.
Pieces framed(const FramingRules& rules, std::string_view text, size_t part) {
  OutputFramer framer(rules);
  Pieces all;
  for (size_t at = 0; at < text.size(); at += part) {
    for (std::string& piece : put(framer, text.substr(at, part)))
      all.push_back(std::move(piece));
  }
  for (std::string& piece : finish(framer))
    all.push_back(std::move(piece));
  return all;
}

TEST(OutputFramer, RawIsWhatThereIs) {
  OutputFramer framer({Mode::kRaw, 4, 100});
  EXPECT_THAT(put(framer, "abc"), ElementsAre("abc"));
  EXPECT_THAT(put(framer, "defghi"), ElementsAre("defg", "hi"));
  EXPECT_THAT(finish(framer), IsEmpty());
}

TEST(OutputFramer, ALineComesWithItsLineFeed) {
  for (size_t part = 1; part <= 20; ++part) {
    EXPECT_THAT(framed({Mode::kLine, 10, 100}, "one\n\ntwo\r\nthree", part),
                ElementsAre("one\n", "\n", "two\r\n", "three"))
        << part;
  }
}

TEST(OutputFramer, ALineLongerThanTheBufferComesInPieces) {
  for (size_t part = 1; part <= 20; ++part) {
    // The line feed is a byte of the line: "abc\n" fits, "abcd\n" does not.
    EXPECT_THAT(framed({Mode::kLine, 4, 100}, "abc\nabcd\nabcdefghi\nx", part),
                ElementsAre("abc\n", "abcd", "\n", "abcd", "efgh", "i\n", "x"))
        << part;
  }
}

TEST(OutputFramer, ChunksAreExactAndTheRestIsTheLast) {
  for (size_t part = 1; part <= 20; ++part) {
    EXPECT_THAT(framed({Mode::kChunked, 4, 100}, "abcdefghij", part),
                ElementsAre("abcd", "efgh", "ij"));
    EXPECT_THAT(framed({Mode::kChunked, 4, 100}, "abcdefgh", part), ElementsAre("abcd", "efgh"));
  }
  OutputFramer framer({Mode::kChunked, 4, 5});
  EXPECT_THAT(put(framer, "abc"), IsEmpty());
  EXPECT_EQ(framer.room(), 2u);
  EXPECT_THAT(put(framer, "d"), ElementsAre("abcd"));
  EXPECT_THAT(finish(framer), IsEmpty());
}

TEST(OutputFramer, JsonIsAValueALine) {
  for (size_t part = 1; part <= 60; ++part) {
    EXPECT_THAT(
        framed({Mode::kJson, 40, 100}, "{\"a\":\n1\r\n \n\n[1, 2]\n{\"a\": \"x\"}\n\"end\"", part),
        ElementsAre("1\r", "[1, 2]", "{\"a\": \"x\"}", "\"end\""))
        << part;
  }
}

TEST(OutputFramer, WhatIsNoJsonIsDroppedAndToldOnce) {
  OutputFramer framer({Mode::kJson, 40, 100});
  EXPECT_EQ(framer.take_complaint(), std::nullopt);
  EXPECT_THAT(put(framer, "nonsense\n{]\n1 2\n"), IsEmpty());
  EXPECT_EQ(framer.take_complaint(), "the line `nonsense`");
  EXPECT_EQ(framer.take_complaint(), std::nullopt);
  EXPECT_THAT(put(framer, "again\n7\n"), ElementsAre("7"));
  EXPECT_EQ(framer.take_complaint(), std::nullopt);
  OutputFramer bytes({Mode::kJson, 40, 100});
  EXPECT_THAT(put(bytes, "\"\xff\"\n"), IsEmpty());
  EXPECT_THAT(*bytes.take_complaint(), HasSubstr("\xef\xbf\xbd"));
}

TEST(OutputFramer, AValueLongerThanTheBufferIsDroppedWhole) {
  std::string text = "\"" + std::string(30, 'x') + "\"\n1\n" + std::string(50, '2') + "\n3";
  for (size_t part = 1; part <= 16; ++part)
    EXPECT_THAT(framed({Mode::kJson, 16, 32}, text, part), ElementsAre("1", "3")) << part;
  OutputFramer framer({Mode::kJson, 4, 16});
  EXPECT_THAT(put(framer, "123"), IsEmpty());
  EXPECT_THAT(put(framer, "4"), IsEmpty());
  EXPECT_THAT(put(framer, "\n"), ElementsAre("1234"));
  EXPECT_THAT(put(framer, "1234"), IsEmpty());
  EXPECT_EQ(framer.take_complaint(), std::nullopt);
  EXPECT_THAT(put(framer, "5\n"), IsEmpty());
  EXPECT_EQ(framer.take_complaint(), "a line of more than 4 bytes");
  EXPECT_THAT(finish(framer), IsEmpty());
}

TEST(OutputFramer, ADeepValueIsNoDanger) {
  OutputFramer framer({Mode::kJson, 1'000'000, 1'000'000});
  framer.put(as_bytes(std::string(900'000, '[') + "\n"));
  EXPECT_THAT(pieces(framer), IsEmpty());
  EXPECT_TRUE(framer.take_complaint());
}

TEST(OutputFramer, RoomIsWhatDoesNotWait) {
  OutputFramer framer({Mode::kLine, 8, 10});
  EXPECT_EQ(framer.room(), 10u);
  framer.put(as_bytes("abc\ndef\ngh"));
  EXPECT_EQ(framer.room(), 0u);
  (void)framer.next();
  EXPECT_EQ(framer.room(), 4u);
  framer.put(as_bytes("ijkl"));
  EXPECT_THAT(pieces(framer), ElementsAre("def\n"));
  framer.put(as_bytes("mn"));
  EXPECT_THAT(pieces(framer), ElementsAre("ghijklmn"));
}

TEST(OutputFramer, ManySmallLinesOfALargeBufferAreCheap) {
  constexpr size_t kLines = 1'000'000;
  OutputFramer framer({Mode::kLine, 100, 2 * kLines});
  std::string text;
  for (size_t i = 0; i < kLines; ++i)
    text += "x\n";
  framer.put(as_bytes(text));
  EXPECT_EQ(pieces(framer).size(), kLines);
}

}  // namespace theater::output_framer_test
