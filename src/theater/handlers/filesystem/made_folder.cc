#include "theater/handlers/filesystem/made_folder.h"

#include "theater/base/beneath_root.h"
#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/handlers/filesystem/file_access.h"
#include "theater/handlers/filesystem/folder_removal.h"
#include "theater/handlers/filesystem/granted_folder.h"

#include <fmt/format.h>

#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <utility>

namespace theater {

namespace {

namespace fs = std::filesystem;

constexpr size_t kNoteSizeMax = 8192;

fs::path note_path(const fs::path& home, const ActorId& id) {
  return own_folders(home) / (id.to_string() + ".made");
}

// The folder above, which must really be where its path says.
Result<BeneathRoot> open_above(const fs::path& folder) {
  BeneathRoot above = THEATER_TRY(BeneathRoot::open(folder.parent_path()));
  std::string where = THEATER_TRY(above.where());
  if (where == folder.parent_path().string()) return above;
  return fail(ErrorCode::kInvalidArgument,
              "{} lies in a folder that is really {}: write that, since a grant is of a place and "
              "not of what a link may lead to",
              folder.string(), where);
}

// Identifies the folder, whatever its name: the text of a note.
Result<std::string> note_of(const BeneathRoot& above, const fs::path& folder) {
  struct stat facts{};
  if (::fstatat(above.folder().number(), folder.filename().c_str(), &facts, AT_SYMLINK_NOFOLLOW) !=
      0) {
    return os_failure("look at", folder, errno);
  }
  return fmt::format("{}:{} {}", facts.st_dev, facts.st_ino, folder.string());
}

Result<void> remove_noted(const std::string& note) {
  size_t space = note.find(' ');
  if (space == note.npos || note[space + 1] != '/') {
    return fail(ErrorCode::kCorrupt, "the note of its folder, `{}`, is cut off", note);
  }
  fs::path folder = note.substr(space + 1);
  BeneathRoot above = THEATER_TRY(open_above(folder));
  if (THEATER_TRY(note_of(above, folder)) != note) {
    return fail(ErrorCode::kInvalidArgument,
                "{} is not the folder that was made for the actor: another one has its name now",
                folder.string());
  }
  std::string where = THEATER_TRY(above.where());
  const std::atomic<bool> cancelled{false};
  return remove_folder(FileAccess(std::move(above), std::move(where)), folder.filename().string(),
                       cancelled);
}

}  // namespace

Result<bool> make_named_folder(const fs::path& folder) {
  if (!folder.has_filename()) return false;  // The root is there.
  BeneathRoot above = THEATER_TRY(open_above(folder));
  if (::mkdirat(above.folder().number(), folder.filename().c_str(), 0700) == 0) return true;
  if (errno == EEXIST) return false;
  return os_failure("make the folder", folder, errno);
}

Result<void> note_made_folder(const fs::path& home, const ActorId& id, const fs::path& folder) {
  BeneathRoot above = THEATER_TRY(open_above(folder));
  std::string note = THEATER_TRY(note_of(above, folder));
  (void)THEATER_TRY(make_one_folder(own_folders(home)));
  FileHandle file = THEATER_TRY(FileHandle::open(note_path(home, id), OpenMode::kCreate));
  THEATER_TRY_VOID(file.truncate(0));
  return file.write_at(0, as_bytes(note));
}

Result<void> remove_made_folder(const fs::path& home, const ActorId& id) {
  std::string note = THEATER_TRY(read_text_file(note_path(home, id), kNoteSizeMax));
  Result<void> removed = remove_noted(note);
  // The actor has ended for good: no later call would try again.
  THEATER_TRY_VOID(remove_file(note_path(home, id)));
  return removed;
}

}  // namespace theater
