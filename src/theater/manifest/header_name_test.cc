#include "theater/manifest/header_name.h"

#include <gtest/gtest.h>

namespace theater::header_name_test {

std::string name_of(std::string_view text) {
  Result<std::string> name = parse_header_name(text);
  return name ? *name : "error: " + name.error().message();
}

TEST(HeaderName, HasOneSpelling) {
  for (const char* text : {"Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY"})
    EXPECT_EQ(name_of(text), "Idempotency-Key") << text;
  EXPECT_EQ(name_of("x-api_KEY.2"), "X-Api_key.2");
  EXPECT_EQ(name_of(name_of("x-api_KEY.2")), "X-Api_key.2");
}

TEST(HeaderName, IsAToken) {
  for (const char* text : {"", "a b", "a:b", "a\r\nb", "caf\xc3\xa9", "a/b", "*"})
    EXPECT_NE(name_of(text).find("is no name of a header"), std::string::npos) << text;
  EXPECT_EQ(name_of(std::string(kHeaderNameSizeMax, '1')), std::string(kHeaderNameSizeMax, '1'));
  EXPECT_NE(name_of(std::string(kHeaderNameSizeMax + 1, '1')).find("at most 128 bytes"),
            std::string::npos);
}

TEST(HeaderName, IsNoneThatTheNodeSets) {
  for (const char* text :
       {"host", "Content-Length", "transfer-encoding", "connection", "upgrade", "TE", "trailer",
        "expect", "keep-alive", "proxy-authorization", "Proxy-Connection", "accept-encoding"})
    EXPECT_NE(name_of(text).find("the node alone sets this header"), std::string::npos) << text;
}

}  // namespace theater::header_name_test
