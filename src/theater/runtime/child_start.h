// Finds and reads a child that a guest asks to spawn, or that a manifest declares.
//
// A guest names a manifest by its text or by a reference (references.h); the manifest names a
// component and perhaps an initial state. All of it is read under the grants of the guest that
// asks, never under the node's rights. Without any grant, a guest can hand over the manifest's text
// and name a component that the node already keeps by its digest: `component = "sha256:…"`.
//
// What the manifest of an actor declares is read as the manifest itself was: for the operator, or
// under the grant of the guest that named it.
#pragma once

#include "theater/actor/supervision/spawner.h"
#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/reference_text.h"
#include "theater/runtime/references.h"

#include <optional>

namespace theater {

struct ChildStart {
  Manifest manifest;
  std::optional<Bytes> state;
  std::optional<Bytes> context;  // As ActorStart::context.
};

// All but the component. `parent` is where the manifest was that declares the child, if it is
// declared. Slow. Fails as the parts do.
Result<ChildStart> read_child_start(const ChildRequest& request, const ManifestPlace& parent,
                                    const ReferenceReader& reader);

}  // namespace theater
