// Is this byte string a value of that type? Values come from guests, files and the network, and
// nothing behind this check looks again.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/wit/type.h"

#include <cstddef>
#include <string_view>

namespace theater::wit {

// Elements that take no bytes at all (tuples of nothing) are not bounded by the length of the
// input: this bounds how many of them all lists of one value may have together.
inline constexpr size_t kListElementsMax = 65'536;

// Checks that `bytes` is one value of `type` and nothing more. Fails with kInvalidArgument, naming
// the place in the value, under the name `root`, and the offset: "at value.1[3].name, offset 17:
// …". Takes time proportional to the input times the width of the type, allocates nothing unless it
// fails, and recurses at most kTypeDepthMax deep. Safe from any thread.
Result<void> validate(const Type& type, ByteView bytes, std::string_view root = "value");

// Checks the value at the start of `bytes` in the same way and returns its length.
Result<size_t> skip(const Type& type, ByteView bytes, std::string_view root = "value");

}  // namespace theater::wit
