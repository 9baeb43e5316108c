// The folder that a manifest names with `path` and `new_dir`: the node makes it if it is missing.
//
// With `keep_dir = false` it goes with the actor that it was made for. A note in the node's home
// says which folder that is, so that a recovered node knows it too, and so that nothing goes which
// was there before, or which has taken the folder's place since.
#pragma once

#include "theater/base/id.h"
#include "theater/base/result.h"

#include <filesystem>

namespace theater {

// Makes `folder`, which is absolute, if nothing of that name is there. The folder above it must be
// there, and be no link. Returns whether it was made. Does not sync: a worker calls it. Fails with
// kNotFound, kInvalidArgument (a link leads to the folder above) or kIo.
Result<bool> make_named_folder(const std::filesystem::path& folder);

// Notes that `folder` was made for the actor, to go with it. A later note replaces the one before.
// Does not sync: where the note is lost with the machine, the folder stays. Fails as FileHandle.
Result<void> note_made_folder(const std::filesystem::path& home, const ActorId& id,
                              const std::filesystem::path& folder);

// Deletes the folder that is noted for the actor, and the note in any case. Blocks. Fails with
// kNotFound if no folder is noted or it is gone, with kInvalidArgument if something else is in its
// place, which stays, and as remove_folder().
Result<void> remove_made_folder(const std::filesystem::path& home, const ActorId& id);

}  // namespace theater
