// What a guest asks to spawn, or a manifest declares, found and read in somebody's name.
//
// A guest names a manifest by its text, by a path or by a reference into a store; the manifest
// names a component and perhaps an initial state. All of it is read under the grants of the guest
// that asks, never under the node's rights. Without any grant, a guest can hand over the manifest's
// text and name a component that the node already keeps by its digest: `component = "sha256:…"`.
//
// What the manifest of an actor declares is read as the manifest itself was: for the operator, or
// under the grant of the guest that named it.
#pragma once

#include "theater/actor/spawner.h"
#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/permissions.h"

#include <filesystem>
#include <optional>

namespace theater {

struct ChildStart {
  Manifest manifest;
  std::optional<Bytes> component;  // None if it is named by its digest (kept_component.h).
  std::optional<Bytes> state;
};

// In whose name all is read.
struct ChildReader {
  std::optional<Permissions> permissions;  // A guest's; none for the operator, who may all.
  std::optional<ActorId> actor = {};       // The guest, if it is the one that spawns.
  std::filesystem::path stores = {};       // Of the home (stored_content.h).
};

// Slow. Fails as the parts do: with kPermissionDenied, kNotFound, kInvalidArgument, kUnsupported
// (an address that is none of a store), kResourceExhausted, kCorrupt or kIo.
Result<ChildStart> read_child_start(const ChildRequest& request, const ChildReader& reader);

}  // namespace theater
