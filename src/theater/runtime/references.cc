#include "theater/runtime/references.h"

#include "theater/base/file.h"
#include "theater/manifest/toml_document.h"
#include "theater/runtime/blob_component.h"
#include "theater/runtime/granted_files.h"
#include "theater/runtime/initial_state.h"
#include "theater/runtime/stored_content.h"
#include "theater/runtime/web_content.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPinPrefix = "sha256=";

size_t size_max_of(Referred what) {
  switch (what) {
    case Referred::kManifest:
      return kTomlSizeMax;
    case Referred::kComponent:
      return kComponentSizeMax;
    case Referred::kState:
      break;
  }
  return kInitialStateSizeMax;
}

Result<std::optional<Hash>> pin_of(std::string_view text) {
  size_t hash = text.find('#');
  if (hash == text.npos) return std::optional<Hash>();
  std::string_view fragment = text.substr(hash + 1);
  bool is_pin = fragment.starts_with(kPinPrefix);
  Result<Hash> pin = Hash::parse(fragment.substr(is_pin ? kPinPrefix.size() : 0));
  if (is_pin && pin) return std::optional<Hash>(*pin);
  return fail(ErrorCode::kInvalidArgument,
              "`{}`: what is after `#` is no pin; write #sha256= and 64 hexadecimal digits",
              text.substr(0, 200));
}

Result<Reference> parse_web(std::string_view text) {
  WebReference web;
  web.pin = THEATER_TRY(pin_of(text));
  web.url = THEATER_TRY(parse_url(text));
  return Reference(std::move(web));
}

bool is_web(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

Result<Reference> parse_beside_content(std::string_view text, const StoreReference& manifest) {
  const auto* label = std::get_if<Label>(&manifest.content);
  if (label == nullptr) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}` is relative to a manifest that has no label ({}), and so nowhere", text,
                manifest.to_string());
  }
  fs::path beside = (fs::path(label->text()).parent_path() / text).lexically_normal();
  return Reference(THEATER_TRY(StoreReference::parse(
      fmt::format("{}{}/{}", StoreReference::kScheme, manifest.store.text(), beside.string()))));
}

// Relative to what is no file, and so no file either.
Result<Reference> parse_beside(std::string_view text, std::string_view address) {
  if (text.empty() || text.starts_with('/')) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}` is in {}, which names no files: write a relative path, or a whole address",
                text, address);
  }
  if (is_store_reference(address)) {
    StoreReference stored = THEATER_TRY(StoreReference::parse(address));
    return parse_beside_content(text, stored);
  }
  WebReference web;
  web.pin = THEATER_TRY(pin_of(text));
  Url from = THEATER_TRY(parse_url(address));
  web.url = THEATER_TRY(resolve_location(from, text));
  return Reference(std::move(web));
}

// Whether an actor is built in that folder, and so can be built again.
bool has_sources(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / "Cargo.toml", ignored) || fs::exists(folder / "package.json", ignored))
    return true;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    fs::path end = entry.path().extension();
    if (end == ".cpp" || end == ".cc") return true;
  }
  return false;
}

Failure not_that_component(std::string_view what, const Hash& digest, const Hash& pin) {
  return fail(
      ErrorCode::kInvalidArgument,
      "component {} has the pin {} in its address, but component_digest is {}: keep the one "
      "that is right",
      what, digest.to_string(), pin.to_string());
}

Result<Bytes> read_file_for(const ReferenceReader& reader, const fs::path& path, Referred what) {
  if (reader.permissions) {
    return read_granted_file(*reader.permissions, path, size_max_of(what), reader.lacking);
  }
  return read_file(path, size_max_of(what));
}

Result<Bytes> read_stored_for(const ReferenceReader& reader, const StoreReference& reference,
                              Referred what) {
  StoreReader store_reader{reader.permissions ? &*reader.permissions : nullptr, reader.actor,
                           reader.lacking};
  return read_stored_content(reader.stores, store_reader, reference.to_string(), size_max_of(what));
}

// What the home has of that digest, and the reader may be given for nothing but knowing it.
std::optional<Bytes> pinned_in_home(const Hash& pin, Referred what, const ReferenceReader& reader) {
  Result<Bytes> kept = fail(ErrorCode::kNotFound, "");
  if (what == Referred::kComponent) {
    kept = blob_component(pin, reader.blobs);
  } else if (!reader.permissions && reader.blobs != nullptr && reader.blobs->contains(pin)) {
    kept = reader.blobs->get(pin);
  }
  // What is damaged here may be whole where it came from.
  if (!kept || kept->size() > size_max_of(what)) return std::nullopt;
  return *std::move(kept);
}

Result<Bytes> read_web_for(const ReferenceReader& reader, const WebReference& reference,
                           Referred what) {
  if (reference.pin) {
    if (auto kept = pinned_in_home(*reference.pin, what, reader)) return *std::move(kept);
  }
  WebReader web_reader{reader.permissions ? &*reader.permissions : nullptr, reader.private_hosts,
                       reader.fetch, reader.lacking};
  Bytes bytes = THEATER_TRY(read_web_content(web_reader, reference.url, size_max_of(what)));
  if (reference.pin && sha256(bytes) != *reference.pin) {
    return fail(ErrorCode::kInvalidArgument,
                "{} has the digest {}, but is pinned to {}: it is something else, or the pin is "
                "out of date",
                reference.url.to_string(), sha256(bytes).to_string(), reference.pin->to_string());
  }
  return bytes;
}

}  // namespace

Result<Reference> parse_reference(std::string_view text, const ManifestPlace& place) {
  if (text.starts_with(kDigestPrefix)) {
    return Reference(KeptReference{
        THEATER_TRY_CONTEXT(Hash::parse(text.substr(kDigestPrefix.size())), "`{}`", text)});
  }
  if (is_store_reference(text)) return Reference(THEATER_TRY(StoreReference::parse(text)));
  if (is_web(text)) return parse_web(text);
  if (auto checked = check_reference(text); !checked) {
    return Failure(std::move(checked).error().with_context(fmt::format("`{}`", text)));
  }
  if (!place.address.empty()) return parse_beside(text, place.address);
  return Reference(FileReference{THEATER_TRY(referenced_file(text, place.folder))});
}

std::string reference_text(const Reference& reference) {
  if (const auto* file = std::get_if<FileReference>(&reference)) return file->path.string();
  if (const auto* kept = std::get_if<KeptReference>(&reference))
    return std::string(kDigestPrefix) + kept->digest.to_string();
  if (const auto* stored = std::get_if<StoreReference>(&reference)) return stored->to_string();
  return std::get<WebReference>(reference).url.to_string();
}

ManifestPlace place_at(const Reference& reference, const fs::path& folder) {
  if (const auto* file = std::get_if<FileReference>(&reference)) return {file->path.parent_path()};
  return {folder, reference_text(reference)};
}

Result<Bytes> read_reference(const Reference& reference, Referred what,
                             const ReferenceReader& reader) {
  if (const auto* file = std::get_if<FileReference>(&reference))
    return read_file_for(reader, file->path, what);
  if (const auto* kept = std::get_if<KeptReference>(&reference)) {
    if (what == Referred::kComponent) return blob_component(kept->digest, reader.blobs);
    return fail(ErrorCode::kInvalidArgument,
                "{}: only a component is named by its digest alone; name a file, or what a store "
                "or a server has",
                reference_text(reference));
  }
  if (const auto* stored = std::get_if<StoreReference>(&reference))
    return read_stored_for(reader, *stored, what);
  return read_web_for(reader, std::get<WebReference>(reference), what);
}

Result<ManifestText> read_manifest_text(const Reference& reference, const fs::path& folder,
                                        const ReferenceReader& reader) {
  Bytes text = THEATER_TRY_CONTEXT(read_reference(reference, Referred::kManifest, reader),
                                   "reading the manifest");
  return ManifestText{std::string(as_text(text)), reference_text(reference),
                      place_at(reference, folder)};
}

Result<Bytes> read_component(const Manifest& manifest, const ReferenceReader& reader) {
  Reference reference = THEATER_TRY_CONTEXT(parse_reference(manifest.component, manifest.place),
                                            "component = \"{}\"", manifest.component);
  const auto& digest = manifest.component_digest;
  if (const auto* web = std::get_if<WebReference>(&reference); web != nullptr && digest) {
    if (web->pin && *web->pin != *digest)
      return not_that_component(manifest.component, *web->pin, *digest);
    // The same digest in an address would be that of the bytes as they are read.
    if (auto kept = pinned_in_home(*digest, Referred::kComponent, reader)) return *std::move(kept);
  }
  Result<Bytes> component = read_reference(reference, Referred::kComponent, reader);
  bool may_look = !reader.permissions && std::holds_alternative<FileReference>(reference);
  if (component || component.error().code() != ErrorCode::kNotFound || !may_look) return component;
  const fs::path& folder = manifest.place.folder;
  if (!has_sources(folder)) return component;
  return Failure(std::move(component).error().with_hint(
      fmt::format("`theater build {}` makes it from the sources there", folder.string())));
}

}  // namespace theater
