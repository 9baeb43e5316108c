// How a manifest names its component, its initial state and the manifests of its children: by the
// path of a file, or by an address of something that is none.
//
//   worker.toml, ../worker.wasm      a path, relative to where the manifest was
//   store://…, https://…, http://…   content of a store, or what a server gives
//
// Here they are texts. What they lead to, and who may read it, is the runtime's business.
#pragma once

#include "theater/base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace theater {

// Where a manifest was, and what is relative in it is so to this.
struct ManifestPlace {
  std::filesystem::path folder;  // Relative paths of a manifest that was a file are below it.
  // Of a manifest that was no file: then nothing that it refers to is a file, and `folder` is what
  // the paths in the permissions that it asks for are relative to.
  std::string address = {};

  bool operator==(const ManifestPlace&) const = default;
};

// What a component's digest stands behind, in place of a path or an address.
inline constexpr std::string_view kDigestPrefix = "sha256:";

// Whether it has the form of an address, of whatever kind.
bool has_scheme(std::string_view text);

// Fails with kInvalidArgument if `text` can be neither a path nor an address of a kind that is
// known; an address is not looked into.
Result<void> check_reference(std::string_view text);

// The absolute path of a file that is named so by a manifest in `folder`. Fails with
// kInvalidArgument, for addresses too.
Result<std::filesystem::path> referenced_file(std::string_view text,
                                              const std::filesystem::path& folder);

}  // namespace theater
