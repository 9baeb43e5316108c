// Bodies of several parts, `multipart/form-data` of RFC 7578: how a client uploads an actor.
//
// The reader is strict where the format allows two readings: it takes CRLF line ends only, and no
// transfer encodings, comments or nested parts. A part's filename is ignored, because the server
// opens no path that a client names.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

struct Part {
  std::string name;
  ByteView bytes;  // Into the body.
};

// Bound of the parts of one body, and of the headers of one part.
inline constexpr size_t kPartsMax = 256;
inline constexpr size_t kPartHeadBytesMax = 4096;

// Whether a Content-Type is of this form.
bool is_multipart(std::string_view content_type);

// Reads the parts in their order; names may repeat. The parts are views into `body`. Fails with
// kInvalidArgument, saying what is wrong and at which byte, or kResourceExhausted at a bound.
Result<std::vector<Part>> read_multipart(std::string_view content_type, ByteView body);

// A part to write.
struct NewPart {
  std::string name;      // Without control characters and quotes.
  std::string filename;  // For servers that tell files from fields by it; may be empty.
  ByteView bytes;
};

struct Multipart {
  std::string content_type;
  Bytes body;
};

// Writes the parts between a boundary that occurs in none of them.
Multipart write_multipart(const std::vector<NewPart>& parts);

}  // namespace theater
