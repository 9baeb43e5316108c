#include "theater/runtime/blob_component.h"

#include <algorithm>
#include <array>

namespace theater {

namespace {

// How every component in the binary form begins.
constexpr std::array<uint8_t, 8> kComponentHead{0, 'a', 's', 'm', 0x0d, 0, 1, 0};

bool is_component(ByteView bytes) {
  return bytes.size() >= kComponentHead.size() &&
         std::equal(kComponentHead.begin(), kComponentHead.end(), bytes.begin());
}

}  // namespace

Result<Bytes> blob_component(const Hash& digest, const BlobStore* blobs) {
  auto missing = [&] {
    return fail(ErrorCode::kNotFound,
                "this node keeps no component {}: name a file, or run an actor of that component "
                "first",
                digest.to_string());
  };
  if (blobs == nullptr || !blobs->contains(digest)) return missing();
  Bytes bytes = THEATER_TRY(blobs->get(digest));
  // The blobs hold states and manifests too, and a caller must not learn here whether one is there.
  if (!is_component(bytes)) return missing();
  return bytes;
}

}  // namespace theater
