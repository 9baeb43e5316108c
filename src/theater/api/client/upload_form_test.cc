#include "theater/api/client/upload_form.h"

#include "theater/base/testing/must.h"

#include <gtest/gtest.h>

namespace theater::api::upload_form_test {

TEST(UploadForm, KeepsPartsInTheirOrder) {
  UploadForm form;
  form.add("manifest", "a\r\n--theater-0--\r\n");
  form.add("grant", Bytes{0, 255, 13, 10});
  form.add("grant", "");
  Multipart encoded = form.encode();
  std::vector<Part> parts = must(read_multipart(encoded.content_type, encoded.body));
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].name, "manifest");
  EXPECT_EQ(as_text(parts[0].bytes), "a\r\n--theater-0--\r\n");
  EXPECT_EQ(parts[1].name, "grant");
  EXPECT_EQ(to_bytes(parts[1].bytes), (Bytes{0, 255, 13, 10}));
  EXPECT_EQ(parts[2].name, "grant");
  EXPECT_TRUE(parts[2].bytes.empty());
}

}  // namespace theater::api::upload_form_test
