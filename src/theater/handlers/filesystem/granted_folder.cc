#include "theater/handlers/filesystem/granted_folder.h"

#include "theater/base/file_handle.h"
#include "theater/base/open_files.h"
#include "theater/handlers/filesystem/folder_removal.h"
#include "theater/handlers/filesystem/made_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace theater {

namespace {

using Access = Result<std::shared_ptr<const FileAccess>>;

Result<void> check_outside_home(const PathPattern& folder, const std::filesystem::path& home) {
  if (home.empty()) return {};
  BeneathRoot opened = THEATER_TRY(BeneathRoot::open(home));
  PathPattern kept{THEATER_TRY(opened.where())};
  if (!folder.covers(kept) && !kept.covers(folder)) return {};
  return fail(ErrorCode::kPermissionDenied,
              "`path` of the filesystem handler is {}, {} the node's own folder {}; no actor may "
              "reach that: choose another folder, or another home",
              folder.text, folder.covers(kept) ? "which holds" : "which lies in", kept.text);
}

Access open_path(const std::filesystem::path& folder, const FileSystemPermissions& permissions,
                 const std::filesystem::path& home) {
  BeneathRoot root = THEATER_TRY(BeneathRoot::open(folder));
  std::string where = THEATER_TRY(root.where());
  if (where != folder.string()) {
    return fail(ErrorCode::kInvalidArgument,
                "`path` of the filesystem handler is {}, which is really {}: write that, since a "
                "grant is of a place and not of what a link may lead to",
                folder.string(), where);
  }
  THEATER_TRY_VOID(check_outside_home({where}, home));
  return std::make_shared<const FileAccess>(std::move(root), std::move(where), permissions);
}

// Commands of a node that is root run as that user, who can work in their own folder only.
Result<void> give_to(const std::optional<SystemUser>& user, const BeneathRoot& folder) {
  if (!user || ::geteuid() != 0) return {};
  int number = folder.folder().number();
  if (::fchownat(number, "", user->id, user->group, AT_EMPTY_PATH) == 0) return {};
  return os_failure("give to " + user->name, THEATER_TRY(folder.where()), errno);
}

// Makes the folder that the manifest names, if it is missing and the actor may reach it.
Result<void> make_path(const SessionContext& context, const HandlerEntry& entry,
                       const FileSystemPermissions& granted, const std::filesystem::path& home) {
  const std::filesystem::path& folder = *entry.folder;
  if (!granted.reaches(folder.string())) return {};
  THEATER_TRY_VOID(check_outside_home({folder.string()}, home));
  if (!entry.keep_dir && home.empty()) {
    return fail(ErrorCode::kUnavailable,
                "there is no node home to note in that {} goes with the actor (`keep_dir = false`)",
                folder.string());
  }
  bool made = THEATER_TRY(make_named_folder(folder));
  if (!made) return {};
  BeneathRoot opened = THEATER_TRY(BeneathRoot::open(folder));
  THEATER_TRY_VOID(give_to(context.command_user, opened));
  if (entry.keep_dir) return {};
  return note_made_folder(home, context.actor.id(), folder);
}

Access open_own(const SessionContext& context, const std::filesystem::path& home) {
  if (home.empty()) {
    return fail(ErrorCode::kUnavailable, "there is no node home in which `new_dir` could be made");
  }
  std::filesystem::path folder = own_folders(home) / context.actor.id().to_string();
  // Not made to last here, since a worker waits: the first write in it does that.
  (void)THEATER_TRY(make_one_folder(own_folders(home)));
  (void)THEATER_TRY(make_one_folder(folder));
  BeneathRoot root = THEATER_TRY(BeneathRoot::open(folder));
  THEATER_TRY_VOID(give_to(context.command_user, root));
  std::string where = THEATER_TRY(root.where());
  return std::make_shared<const FileAccess>(std::move(root), std::move(where));
}

}  // namespace

std::filesystem::path own_folders(const std::filesystem::path& home) {
  return home / "dirs";
}

Access open_granted_folder(const SessionContext& context, const std::filesystem::path& home) {
  const HandlerEntry* entry = context.manifest.handler(Capability::kFileSystem);
  bool asks_new = entry != nullptr && entry->ask.ceiling.file_system->new_dir;
  if (entry == nullptr || (!entry->folder && !asks_new)) {
    return fail(ErrorCode::kInvalidArgument,
                "the manifest's entry of the filesystem handler names no folder: add `path = "
                "\"…\"`, or `new_dir = true` for one of the actor's own");
  }
  const std::optional<FileSystemPermissions>& granted = context.permissions.file_system;
  if (!granted || (asks_new && !granted->new_dir)) return std::shared_ptr<const FileAccess>();
  // It stays open as long as the actor lives.
  THEATER_TRY_VOID(check_file_room(FileHolder::kGuest));
  if (!entry->folder) return open_own(context, home);
  if (asks_new) THEATER_TRY_VOID(make_path(context, *entry, *granted, home));
  return open_path(*entry->folder, *granted, home);
}

Result<void> remove_own_folder(const std::filesystem::path& home, const ActorId& id) {
  Result<BeneathRoot> folders = BeneathRoot::open(own_folders(home));
  if (!folders) return Failure(std::move(folders).error());
  std::string where = THEATER_TRY(folders->where());
  const std::atomic<bool> cancelled{false};
  return remove_folder(FileAccess(*std::move(folders), std::move(where)), id.to_string(),
                       cancelled);
}

}  // namespace theater
