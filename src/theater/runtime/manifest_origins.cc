#include "theater/runtime/manifest_origins.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"

namespace theater {

namespace {

// What is added to the name of a file that does not hold a folder.
constexpr const char* kAddress = ".address";
constexpr const char* kContext = ".context";

}  // namespace

Result<void> ManifestOrigins::keep(const std::string& name, std::string_view text) const {
  if (kept(name) == text) return {};
  THEATER_TRY_VOID(make_private_folder(folder_));
  return write_file(folder_ / name, as_bytes(text));
}

std::optional<std::string> ManifestOrigins::kept(const std::string& name) const {
  Result<Bytes> bytes = read_file(folder_ / name);
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

Result<void> ManifestOrigins::keep(const Hash& manifest, const ManifestPlace& place) const {
  std::string name = manifest.to_string();
  // The address of an earlier one is not this one's.
  if (!place.address.empty() || kept(name + kAddress)) {
    THEATER_TRY_VOID(keep(name + kAddress, place.address));
  }
  return keep(name, place.folder.native());
}

Result<void> ManifestOrigins::keep_context(const Hash& manifest, const Hash& context) const {
  return keep(manifest.to_string() + kContext, context.to_string());
}

ManifestPlace ManifestOrigins::place_of(const Hash& manifest) const {
  std::string name = manifest.to_string();
  return {kept(name).value_or("/"), kept(name + kAddress).value_or("")};
}

std::optional<Hash> ManifestOrigins::context_of(const Hash& manifest) const {
  std::optional<std::string> digits = kept(manifest.to_string() + kContext);
  if (!digits) return std::nullopt;
  Result<Hash> context = Hash::parse(*digits);
  if (!context) return std::nullopt;
  return *context;
}

}  // namespace theater
