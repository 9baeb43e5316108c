// Uploads that strangers send.
//
// Nothing may crash on any body. The parts that are read lie in the body, in their order, and what
// is written from them is read back to the same.
#include "theater/net/multipart.h"

#include "theater/base/check.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace theater;

void check_written(const std::vector<Part>& parts) {
  std::vector<NewPart> again;
  for (const Part& part : parts)
    again.push_back({"part", "", part.bytes});
  Multipart written = write_multipart(again);
  auto read = read_multipart(written.content_type, written.body);
  THEATER_CHECK(read.has_value() && read->size() == parts.size());
  for (size_t at = 0; at < parts.size(); ++at)
    THEATER_CHECK(as_text((*read)[at].bytes) == as_text(parts[at].bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView input(data, size);
  // A line of its own is the type; the rest is the body.
  std::string_view text = as_text(input);
  size_t line = text.find('\n');
  std::string_view type = "multipart/form-data; boundary=b";
  if (line != std::string_view::npos && text.starts_with("multipart")) {
    type = text.substr(0, line);
    input = input.subspan(line + 1);
  }
  auto parts = read_multipart(type, input);
  if (!parts) {
    THEATER_CHECK(!parts.error().message().empty());
    return 0;
  }
  const uint8_t* at = input.data();
  for (const Part& part : *parts) {
    THEATER_CHECK(part.bytes.data() >= at);
    at = part.bytes.data() + part.bytes.size();
  }
  THEATER_CHECK(at <= input.data() + input.size());
  check_written(*parts);
  return 0;
}
