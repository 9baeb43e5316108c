// What a guest asks to spawn, or a manifest declares, found and read in somebody's name.
//
// A guest names a manifest by its text or by a path; the manifest names a component and perhaps an
// initial state. Every file among them is read under the grant of the guest that asks, never under
// the node's rights. Without any grant, a guest can hand over the manifest's text and name a
// component that the node already keeps by its digest: `component = "sha256:…"`.
//
// What the manifest of an actor declares is read as the manifest itself was: for the operator, or
// under the grant of the guest that named it.
#pragma once

#include "theater/actor/spawner.h"
#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/permissions.h"

#include <optional>

namespace theater {

struct ChildStart {
  Manifest manifest;
  std::optional<Bytes> component;  // None if it is named by its digest (kept_component.h).
  std::optional<Bytes> state;
};

// `reader` are the permissions of the guest in whose name all is read; none for the operator, who
// may read anything. Slow. Fails as the parts do: with kPermissionDenied,
// kNotFound, kInvalidArgument, kUnsupported (a reference that is an address), kResourceExhausted or
// kIo.
Result<ChildStart> read_child_start(const ChildRequest& request,
                                    const std::optional<Permissions>& reader);

}  // namespace theater
