// What manifests, components and initial states are named by, and how they are read.
//
//   worker.toml              a file, relative to what names it
//   sha256:<digest>          a component that the node keeps
//   store://ID/LABEL         content of a store
//   https://h/x#sha256=<…>   what a server gives; the digest is a pin, and may be left out
//
// What is relative is so to where the text is that has it: the folder of a file, the label of a
// store, or the address on the web as it is written, wherever redirections lead from there. What
// came from a store or from the web names no file.
//
// A reader is the operator, who may read everything, or a guest, which may read what its grants
// allow.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/permissions.h"
#include "theater/manifest/reference_text.h"
#include "theater/net/fetch.h"
#include "theater/net/url.h"
#include "theater/runtime/denied_reading.h"
#include "theater/store/blob_store.h"
#include "theater/store/store_names.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace theater {

// Bound of a component that is read.
inline constexpr size_t kComponentSizeMax = size_t{256} << 20;

struct FileReference {
  std::filesystem::path path;  // Absolute.
};

struct KeptReference {
  Hash digest;
};

struct WebReference {
  Url url;
  std::optional<Hash> pin;  // What is read must have this digest.
};

using Reference = std::variant<FileReference, KeptReference, StoreReference, WebReference>;

// `text` as it is written in a text from `place`. Fails with kInvalidArgument.
Result<Reference> parse_reference(std::string_view text, const ManifestPlace& place);

// For messages, and what a `place` has as its address if it is no file.
std::string reference_text(const Reference& reference);

// The place of a text that was read from there. `folder` is for what is no file.
ManifestPlace place_at(const Reference& reference, const std::filesystem::path& folder);

// What is read, which decides how large it may be.
enum class Referred : uint8_t { kManifest, kComponent, kState };

// In whose name, and with what. Value type; what it points to outlives it.
struct ReferenceReader {
  std::optional<Permissions> permissions = {};  // A guest's; none for the operator, who may all.
  std::optional<ActorId> actor = {};            // The guest, if it is the one that spawns.
  std::filesystem::path stores = {};            // Of the home (stored_content.h); empty: none.
  const BlobStore* blobs = nullptr;             // Of the home; null: none.
  HostList private_hosts = {};                  // The policy's.
  Fetch fetch = fetch_nothing;
  LackingParties lacking = {};  // Of the guest, for the hint of an error.
};

// Slow. Content with a pin is not fetched if the home has it: any content for the operator, a
// component for a guest, who learns of nothing else whether it is there. Fails as reading a file, a
// store, a kept component or the web does: with kPermissionDenied (the hint is the grant),
// kNotFound, kInvalidArgument (also for bytes that do not have the pinned digest),
// kResourceExhausted (too large), kUnavailable, kCancelled, kCorrupt or kIo.
Result<Bytes> read_reference(const Reference& reference, Referred what,
                             const ReferenceReader& reader);

// A manifest that was read, and where it was.
struct ManifestText {
  std::string text;
  std::string name;  // For messages.
  ManifestPlace place;
};

// Slow. `folder` is as in place_at(). Fails as read_reference() does.
Result<ManifestText> read_manifest_text(const Reference& reference,
                                        const std::filesystem::path& folder,
                                        const ReferenceReader& reader);

// The component of a manifest; its `component_digest` is a pin as good as that of an address. The
// bytes of a component in the text form are not held against it.
Result<Bytes> read_component(const Manifest& manifest, const ReferenceReader& reader);

}  // namespace theater
