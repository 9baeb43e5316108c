#include "theater/runtime/kept_component.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace theater {

namespace {

constexpr std::string_view kDigestPrefix = "sha256:";
// How every component in the binary form begins.
constexpr std::array<uint8_t, 8> kComponentHead{0, 'a', 's', 'm', 0x0d, 0, 1, 0};

bool is_component(ByteView bytes) {
  return bytes.size() >= kComponentHead.size() &&
         std::equal(kComponentHead.begin(), kComponentHead.end(), bytes.begin());
}

}  // namespace

bool names_digest(const Manifest& manifest) {
  return manifest.component.starts_with(kDigestPrefix);
}

Result<Bytes> kept_component(const Manifest& manifest, const BlobStore* blobs) {
  std::string_view digits = std::string_view(manifest.component).substr(kDigestPrefix.size());
  Hash digest = THEATER_TRY_CONTEXT(Hash::parse(digits), "component = \"{}\"", manifest.component);
  auto missing = [&] {
    return fail(ErrorCode::kNotFound,
                "this node keeps no component {}: name a file, or run an actor of that component "
                "first",
                digest.to_string());
  };
  if (blobs == nullptr || !blobs->contains(digest)) return missing();
  Bytes bytes = THEATER_TRY(blobs->get(digest));
  // States and manifests are kept by their digests too, and nobody learns here whether one is.
  if (!is_component(bytes)) return missing();
  return bytes;
}

}  // namespace theater
