// Bytes as lower-case hexadecimal text and back.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <span>
#include <string>
#include <string_view>

namespace theater {

std::string to_hex(ByteView bytes);

// Accepts upper and lower case. Fails with kInvalidArgument on an odd length or another character,
// naming its position.
Result<Bytes> from_hex(std::string_view text);

// The same without allocating: overwrites `out` and returns true if `text` is just that many
// bytes, else returns false, and `out` is anything.
bool read_hex(std::string_view text, std::span<uint8_t> out);

}  // namespace theater
