#include "theater/net/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::multipart_test {

using ::testing::HasSubstr;

const std::string kType = "multipart/form-data; boundary=b";
const std::string kHead = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";

std::string read(const std::string& body, const std::string& type = kType) {
  auto parts = read_multipart(type, as_bytes(body));
  if (!parts) return parts.error().message();
  std::string text;
  for (const Part& part : *parts)
    text += fmt::format("{}={};", part.name, as_text(part.bytes));
  return text;
}

TEST(MultipartTest, ReadsWhatItWrites) {
  Bytes binary(1000);
  for (size_t at = 0; at < binary.size(); ++at)
    binary[at] = static_cast<uint8_t>(at);
  Multipart written =
      write_multipart({{"manifest", "", as_bytes("name = \"x\"\r\n")}, {"component", "c", binary}});
  auto parts = read_multipart(written.content_type, written.body);
  ASSERT_TRUE(parts) << parts.error().to_string();
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].name, "manifest");
  EXPECT_EQ(as_text((*parts)[0].bytes), "name = \"x\"\r\n");
  EXPECT_EQ(to_bytes((*parts)[1].bytes), binary);
}

TEST(MultipartTest, ReadsWhatOthersWrite) {
  EXPECT_EQ(read("--b\r\ncontent-disposition:form-data;filename=\"x;y\";name=a\r\n"
                 "Content-Type: text/plain\r\n\r\n1\r\n" +
                 kHead + "\r\n--b--\r\n"),
            "a=1;a=;");
  EXPECT_EQ(read(kHead + "--b\r\n--\r\n--b--", "Multipart/Form-Data; charset=x; boundary=\"b\""),
            "a=--b\r\n--;");
}

TEST(MultipartTest, RefusesWhatIsNotWhole) {
  EXPECT_THAT(read("", "multipart/form-data"), HasSubstr("needs a boundary"));
  EXPECT_THAT(read(""), HasSubstr("does not begin with its boundary"));
  EXPECT_THAT(read("x--b--"), HasSubstr("does not begin with its boundary"));
  EXPECT_THAT(read(kHead + "1"), HasSubstr("does not end with the boundary"));
  EXPECT_THAT(read(kHead + "1\r\n--b"), HasSubstr("does not end its line"));
  EXPECT_THAT(read(kHead + "1\r\n--bc\r\n"), HasSubstr("does not end its line"));
  EXPECT_THAT(read(kHead + "1\r\n--b--x"), HasSubstr("after the last boundary"));
  EXPECT_THAT(read("--b\r\nContent-Type: a\r\n\r\n1\r\n--b--"), HasSubstr("without a name"));
  EXPECT_THAT(read("--b\r\nContent-Disposition: form-data; name=\"a\\\"\"\r\n\r\n1\r\n--b--"),
              HasSubstr("without a name"));
  EXPECT_THAT(read("--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b--"),
              HasSubstr("no form-data"));
  EXPECT_THAT(read("--b\r\nContent-Disposition: form-data; name=a\r\n"
                   "Content-Transfer-Encoding: base64\r\n\r\n1\r\n--b--"),
              HasSubstr("not supported"));
  EXPECT_THAT(read("--b\r\n" + std::string(5000, 'x')), HasSubstr("do not end within"));
}

TEST(MultipartTest, HasABoundOfParts) {
  std::string body;
  for (size_t count = 0; count <= kPartsMax; ++count)
    body += kHead + "\r\n";
  EXPECT_THAT(read(body + "--b--"), HasSubstr("more than 256 parts"));
}

}  // namespace theater::multipart_test
