// What a client asks of guests/http.wat and guests/streams.wat.
#pragma once

#include "theater/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace theater::bench {

// So many requests to the address.
inline Bytes order(uint64_t times, const std::string& url) {
  Bytes bytes(8);
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<uint8_t>(times >> (8 * i));
  bytes.insert(bytes.end(), url.begin(), url.end());
  return bytes;
}

}  // namespace theater::bench
