// What a guest asks to spawn, found and read in its name.
//
// A guest names a manifest by its text or by a path; the manifest names a component and perhaps an
// initial state. Every file among them is read under the grant of the guest that asks, never under
// the node's rights. Without any grant, a guest can hand over the manifest's text and name a
// component that the node already keeps by its digest: `component = "sha256:…"`.
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

// `permissions` are the asking guest's. Slow. Fails as the parts do: with kPermissionDenied,
// kNotFound, kInvalidArgument, kUnsupported (a reference that is an address), kResourceExhausted or
// kIo.
Result<ChildStart> read_child_start(const ChildRequest& request, const Permissions& permissions);

}  // namespace theater
