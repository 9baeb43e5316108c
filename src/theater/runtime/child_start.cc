#include "theater/runtime/child_start.h"

#include "theater/base/file.h"
#include "theater/manifest/toml_document.h"
#include "theater/runtime/granted_files.h"
#include "theater/runtime/initial_state.h"
#include "theater/runtime/kept_component.h"
#include "theater/runtime/stored_content.h"
#include "theater/store/store_names.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace theater {

namespace {

namespace fs = std::filesystem;

constexpr size_t kComponentSizeMax = size_t{256} << 20;

bool is_url(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

Failure no_address(std::string_view what, std::string_view address) {
  return fail(ErrorCode::kUnsupported,
              "{} `{}` is an address; this node reads manifests and components from files and from "
              "stores (store://…), and components that it keeps by their digest (sha256:…)",
              what, address.substr(0, 200));
}

struct ManifestText {
  std::string text;
  std::string name;  // For messages.
  fs::path folder;   // What is relative in it is so to this.
};

Result<fs::path> working_folder() {
  std::error_code error;
  fs::path folder = fs::current_path(error);
  if (error) return fail(ErrorCode::kIo, "the node has no working folder: {}", error.message());
  return folder;
}

using Reader = ChildReader;

Result<Bytes> read_for(const Reader& reader, const fs::path& path, size_t size_max) {
  const auto& permissions = reader.permissions;
  return permissions ? read_granted_file(*permissions, path, size_max) : read_file(path, size_max);
}

Result<Bytes> read_stored_for(const Reader& reader, std::string_view reference, size_t size_max) {
  const auto& permissions = reader.permissions;
  StoreReader store_reader{permissions ? &*permissions : nullptr, reader.actor};
  return read_stored_content(reader.stores, store_reader, reference, size_max);
}

Result<ManifestText> file_text(const fs::path& path, const Reader& reader) {
  Bytes bytes = THEATER_TRY_CONTEXT(read_for(reader, path, kTomlSizeMax), "reading the manifest");
  return ManifestText{std::string(as_text(bytes)), path.string(), path.parent_path()};
}

Result<ManifestText> manifest_text(const std::string& argument, const Reader& reader) {
  // No TOML that says anything is without both, and a path with one is nobody's.
  if (argument.find_first_of("=\n") != argument.npos) {
    fs::path folder = THEATER_TRY(working_folder());
    return ManifestText{argument, "manifest", std::move(folder)};
  }
  if (is_store_reference(argument)) {
    Bytes text = THEATER_TRY_CONTEXT(read_stored_for(reader, argument, kTomlSizeMax),
                                     "reading the manifest");
    fs::path folder = THEATER_TRY(working_folder());
    return ManifestText{std::string(as_text(text)), argument, std::move(folder)};
  }
  if (is_url(argument)) return no_address("the manifest", argument);
  if (argument.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "the manifest is empty: give its text, or the path of its file");
  }
  fs::path path = THEATER_TRY(working_folder()) / argument;
  return file_text(path, reader);
}

// None if it is named by its digest, which needs no file.
Result<std::optional<Bytes>> component_of(const Manifest& manifest, const Reader& reader) {
  if (names_digest(manifest)) return std::optional<Bytes>();
  bool is_stored = is_store_reference(manifest.component);
  if (!is_stored && (is_url(manifest.component) || !manifest.component_path)) {
    return no_address("the component", manifest.component);
  }
  Bytes bytes =
      THEATER_TRY(is_stored ? read_stored_for(reader, manifest.component, kComponentSizeMax)
                            : read_for(reader, *manifest.component_path, kComponentSizeMax));
  return std::optional<Bytes>(std::move(bytes));
}

}  // namespace

Result<ChildStart> read_child_start(const ChildRequest& request, const Reader& reader) {
  std::optional<Bytes> given = request.state;
  ManifestText source;
  if (const auto& declared = request.declared) {
    if (declared->init_state) {
      given = THEATER_TRY_CONTEXT(read_for(reader, *declared->init_state, kInitialStateSizeMax),
                                  "reading the initial state");
    }
    source = THEATER_TRY(file_text(*declared->manifest_path, reader));
  } else {
    source = THEATER_TRY(manifest_text(request.manifest, reader));
  }
  StateReaders readers{
      [&](const fs::path& path) { return read_for(reader, path, kInitialStateSizeMax); },
      [&](std::string_view address) {
        return read_stored_for(reader, address, kInitialStateSizeMax);
      }};
  ActorStart start = THEATER_TRY(
      resolve_start({source.text, source.name, source.folder}, std::move(given), readers,
                    request.is_resumed ? GivenState::kAsItIs : GivenState::kMerged));
  auto component = THEATER_TRY_CONTEXT(component_of(start.manifest, reader),
                                       "spawning actor `{}`: component", start.manifest.name);
  return ChildStart{std::move(start.manifest), std::move(component), std::move(start.state)};
}

}  // namespace theater
