#include "theater/manifest/reference_text.h"

#include <gtest/gtest.h>

namespace theater::reference_text_test {

TEST(ReferenceText, IsAPathOrAnAddressOfAKnownKind) {
  for (const char* text : {"a.wasm", "../a", "/a/b", "./a:b", "https://h/x", "http://", "store://"})
    EXPECT_TRUE(check_reference(text)) << text;
  for (const char* text :
       {"", "*", "file:///etc/passwd", "ftp://h/x", "HTTPS://h/x", "a://b", " https://h/x", "a\nb"})
    EXPECT_FALSE(check_reference(text)) << text;
}

TEST(ReferenceText, OfAFileIsBelowTheFolder) {
  EXPECT_EQ(referenced_file("a/../b.wasm", "/base").value(), "/base/b.wasm");
  EXPECT_EQ(referenced_file("../b.wasm", "/base").value(), "/b.wasm");
  EXPECT_EQ(referenced_file("/b.wasm", "/base").value(), "/b.wasm");
  for (const char* text : {"", "*", "https://h/x", "store://notes/a"})
    EXPECT_FALSE(referenced_file(text, "/base")) << text;
}

}  // namespace theater::reference_text_test
