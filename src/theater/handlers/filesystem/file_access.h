// What an actor may reach of its folder, and the way to it.
//
// The folder keeps everything in (base/beneath_root.h); the permission may leave only a part of it,
// and deny parts of that. It holds for what is really opened, wherever links have led: the opened
// thing is asked where it is. What the path alone shows to be forbidden is refused without a look
// at the disk, in the same words whether it is there or not.
#pragma once

#include "theater/base/beneath_root.h"
#include "theater/base/result.h"
#include "theater/manifest/permissions.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// Names that begin so belong to writes in progress: no listing shows them, and no path may have
// one.
inline constexpr std::string_view kUnfinishedPrefix = ".theater-unfinished-";

enum class FileRight { kRead, kWrite, kExecute };

// As in a grant, such as "read".
std::string_view right_name(FileRight right);

// "filesystem:paths=…;read", the least grant that would allow it. With the right to execute the
// grant names `commands` and no others.
std::string missing_file_grant(FileRight right, const std::string& path,
                               const CommandList& commands = {});

// A name in a folder that is open: of an entry that exists, or of one to make.
struct FilePlace {
  Descriptor folder;  // As a name only.
  std::string name;
  std::string path;  // As the guest wrote it, for messages.
};

// Safe from any thread: it never changes.
class FileAccess {
 public:
  // All of the folder.
  FileAccess(BeneathRoot root, std::string root_path);
  // What `reach` leaves of it (FileSystemPermissions::reaches).
  FileAccess(BeneathRoot root, std::string root_path, FileSystemPermissions reach);

  // What has to be granted before `path` can be, as far as the path itself shows it.
  std::optional<std::string> refusal(std::string_view path, FileRight right) const;

  // What `path` leads to, as a name. Fails as BeneathRoot::name(), and with kPermissionDenied.
  Result<Descriptor> find(std::string_view path, FileRight right) const;
  // The same for a folder.
  Result<Descriptor> find_folder(std::string_view path, FileRight right) const;

  // Where something is, or may be made, of that name. Symbolic links are followed to its folder;
  // the name itself is not. Fails as BeneathRoot::split(), and as find().
  Result<FilePlace> place(std::string_view path, FileRight right) const;

  // Fails with kPermissionDenied if something in that place, or below it, is denied.
  Result<void> check_all_below(const FilePlace& place, FileRight right) const;

  // Whether a name in a folder that is open may be shown; `where` is where that folder is.
  bool shows(const std::string& where, const std::string& name) const;

  // Whether nothing of the folder is forbidden.
  bool whole() const { return all_; }
  const Descriptor& folder() const { return root_.folder(); }

  // Where the folder is.
  const std::string& root_path() const { return root_path_; }

 private:
  Result<void> check(const std::string& absolute, FileRight right) const;
  Result<void> check_text(std::string_view path, FileRight right) const;
  Result<void> check_opened(const Descriptor& opened, FileRight right) const;

  BeneathRoot root_;
  std::string root_path_;
  FileSystemPermissions reach_;
  bool all_;  // Nothing of the folder is forbidden, so that nothing has to be asked.
};

}  // namespace theater
