// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds accidental damage in what is stored.
//
// It protects against accidents only. What must withstand an attacker is hashed.
#pragma once

#include "theater/base/bytes.h"

#include <cstdint>

namespace theater {

// The checksum of `data`, or, given that of what comes before as `seed`, of both together. Uses the
// machine's instruction where there is one; the result is the same either way. Safe from any
// thread.
uint32_t crc32c(ByteView data, uint32_t seed = 0);

// The same without the machine's instruction.
uint32_t crc32c_by_table(ByteView data, uint32_t seed = 0);

}  // namespace theater
