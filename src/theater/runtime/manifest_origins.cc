#include "theater/runtime/manifest_origins.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"

namespace theater {

Result<void> ManifestOrigins::keep(const Hash& manifest,
                                   const std::filesystem::path& origin) const {
  if (origin_of(manifest) == origin) return {};
  THEATER_TRY_VOID(make_private_folder(folder_));
  return write_file(folder_ / manifest.to_string(), as_bytes(origin.native()));
}

std::filesystem::path ManifestOrigins::origin_of(const Hash& manifest) const {
  Result<Bytes> kept = read_file(folder_ / manifest.to_string());
  return kept ? std::filesystem::path(std::string(as_text(*kept))) : std::filesystem::path("/");
}

}  // namespace theater
