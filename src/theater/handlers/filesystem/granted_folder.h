// The one folder that an actor works in: the `path` of its manifest's entry, which the node makes
// if the entry says so, or a folder of its own that the node keeps.
#pragma once

#include "theater/actor/handler/session.h"
#include "theater/base/result.h"
#include "theater/handlers/filesystem/file_access.h"

#include <filesystem>
#include <memory>

namespace theater {

// Opens it. Makes it before if it is missing, and is the actor's own or named with `new_dir`. Null
// if the actor lacks the permission for any folder, so that there is nothing to open.
//
// Fails with kInvalidArgument if the manifest names no folder, or one that is a link to another;
// with kPermissionDenied if the folder lies in the node's home or the home in it; with kUnavailable
// if the node has no home to keep an own folder in; with kResourceExhausted if guests have all the
// files open that they may; and as BeneathRoot::open() and make_named_folder().
Result<std::shared_ptr<const FileAccess>> open_granted_folder(const SessionContext& context,
                                                              const std::filesystem::path& home);

// Where actors' own folders are, below the node's home.
std::filesystem::path own_folders(const std::filesystem::path& home);

// Deletes an actor's own folder, if there is one. Blocks; fails as remove_folder().
Result<void> remove_own_folder(const std::filesystem::path& home, const ActorId& id);

}  // namespace theater
