// What an actor starts from: its manifest with the placeholders filled in, and its initial state.
//
// A manifest may refer to a file with an initial state (`init_state`), and the client or guest that
// spawns the actor may give one. If both are JSON objects, the members that were given take the
// place of the file's members of the same name; else what was given replaces the file's bytes.
// Bytes that are no JSON are a state like any other, and JSON that was not put together from two
// stays as it was written, byte for byte. If the result is a JSON object, its members are the
// context of the manifest's placeholders.
//
// Clients and guests that spawn go through here, so that one manifest starts the same for both.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/manifest/manifest.h"
#include "theater/runtime/references.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace theater {

// Bound of a state that is read or given. One more is half of the manifest's `payload_bytes`, which
// is what an actor may keep as its state.
inline constexpr size_t kInitialStateSizeMax = size_t{64} << 20;
// Bound of what the placeholders of one manifest are replaced by, all together.
inline constexpr size_t kContextTextSizeMax = size_t{4} << 20;
// A placeholder's path that leads through more objects than this leads nowhere.
inline constexpr size_t kContextDepthMax = 32;

// Reads the initial state that a manifest refers to (references.h), with the rights of its reader.
using StateReader = std::function<Result<Bytes>(const Reference&)>;

struct ManifestSource {
  std::string_view text;
  std::string_view name;  // Stands in messages.
  const ManifestPlace& place;
};

struct ActorStart {
  Manifest manifest;
  std::optional<Bytes> state;  // Nothing if there is neither a reference nor a given state.
  // With kAsItIs: what the reference led to, which has filled the placeholders in.
  std::optional<Bytes> context = {};
};

// What becomes of a state that was given to a spawn.
enum class GivenState : uint8_t {
  kMerged,  // As told above.
  kAsItIs,  // It is the state, and says nothing of placeholders: an actor has left it.
};

// Puts together what an actor of this manifest starts from. `given` is the state that was given to
// its spawn; with kAsItIs, none is a state like any other. Fails with kInvalidArgument (a manifest
// that is wrong, everything that is wrong with it; or a placeholder without a value),
// kResourceExhausted (too large), or as `read` does, which is called once if there is a reference.
Result<ActorStart> resolve_start(const ManifestSource& source, std::optional<Bytes> given,
                                 const StateReader& read, GivenState how = GivenState::kMerged);

// The manifest of an actor that has started from `state`: that alone is the context of its
// placeholders. Fails as resolve_start() does, except for failures of reading.
Result<Manifest> resolve_manifest(const ManifestSource& source, const std::optional<Bytes>& state);

// `given` over `base`, as told above; the result of a merge is compact JSON.
Bytes merge_states(Bytes base, Bytes given);

}  // namespace theater
