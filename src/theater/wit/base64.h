// Bytes as base64 text (RFC 4648 section 4: `+` and `/`, padded) and back.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <string>
#include <string_view>

namespace theater::wit {

std::string to_base64(ByteView bytes);

// The one text that to_base64 gives for some bytes, and no other: fails with kInvalidArgument on a
// length that is no multiple of four, a character outside the alphabet, padding elsewhere than at
// the end, and bits that padding leaves over.
Result<Bytes> from_base64(std::string_view text);

}  // namespace theater::wit
