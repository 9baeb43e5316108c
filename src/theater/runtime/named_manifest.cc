#include "theater/runtime/named_manifest.h"

#include "theater/base/file.h"
#include "theater/manifest/toml_document.h"

#include <system_error>
#include <utility>

namespace theater {

namespace {

namespace fs = std::filesystem;

// The file itself, or `manifest.toml` in it if it is a folder.
Result<fs::path> manifest_path(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    if (!fs::exists(path, ignored)) return fail(ErrorCode::kNotFound, "no file {}", path.string());
    return path;
  }
  fs::path manifest = path / "manifest.toml";
  if (fs::exists(manifest, ignored)) return manifest;
  return fail(ErrorCode::kNotFound, "the folder {} has no manifest.toml", path.string());
}

// The error for a component in place of a manifest, which names it.
Error no_manifest(const fs::path& component) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{} is a component, and an actor starts from a manifest that names one",
                           component.string()))
      .with_hint(fmt::format("write a manifest.toml next to it, with name = \"{}\", component = "
                             "\"{}\" and the [[handler]] entries that `theater inspect {}` lists",
                             component.stem().string(), component.filename().string(),
                             component.string()));
}

// The absolute folder that holds a file.
fs::path folder_of(const fs::path& file) {
  std::error_code failed;
  fs::path absolute = fs::absolute(file, failed);
  return failed ? file.parent_path() : absolute.parent_path();
}

}  // namespace

bool names_manifest(const std::filesystem::path& path) {
  std::error_code ignored;
  std::string text = path.string();
  if (has_scheme(text)) return text.substr(0, text.find_first_of("?#")).ends_with(".toml");
  return path.extension() == ".toml" || std::filesystem::is_directory(path, ignored);
}

Result<Manifest> parse_without_state(const ManifestText& manifest) {
  return parse_manifest(manifest.text, manifest.name, manifest.place, keep_placeholder);
}

Result<ManifestText> read_named_manifest(const std::filesystem::path& given,
                                         const ReferenceReader& reader) {
  std::string address = given.string();
  if (!has_scheme(address)) {
    if (given.extension() == ".wasm" || given.extension() == ".wat")
      return Failure(no_manifest(given));
    std::filesystem::path file = THEATER_TRY(manifest_path(given));
    ManifestText manifest;
    manifest.text = THEATER_TRY_CONTEXT(read_text_file(file, kTomlSizeMax), "reading the manifest");
    manifest.name = file.string();
    manifest.place.folder = folder_of(file);
    return manifest;
  }
  Reference reference = THEATER_TRY(parse_reference(address, {}));
  return read_referenced_manifest(reference, reader);
}

Result<ManifestText> read_referenced_manifest(const Reference& reference,
                                              const ReferenceReader& reader) {
  return read_manifest_text(reference, folder_of("here"), reader);
}

}  // namespace theater
