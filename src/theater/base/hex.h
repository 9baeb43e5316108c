// Octets as lower-case hexadecimal text and back.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <string>
#include <string_view>

namespace theater {

std::string to_hex(ByteView bytes);

// Accepts upper and lower case. Fails with kInvalidArgument on an odd length or another character,
// naming its position.
Result<Bytes> from_hex(std::string_view text);

}  // namespace theater
