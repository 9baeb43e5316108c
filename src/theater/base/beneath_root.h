// A folder that nothing leads out of: what is opened through it lies in it.
//
// The folder is opened once. Every path is then resolved by the kernel itself (openat2), which
// refuses to leave the folder at the moment of resolving, so that nothing can be exchanged between
// a look and an opening. `..` and symbolic links are followed as long as they stay in the folder;
// links with an absolute target leave it, and the magic links of /proc are never followed.
//
// A hard link cannot be told from the file: one that stands in the folder is in it. So is what is
// mounted there.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace theater {

// Whether `path` is `folder` or lies below it. Both are absolute texts without `.` and `..`,
// compared by components: /data holds /data/x but not /database. Symbolic links are not resolved.
bool holds_path(std::string_view folder, std::string_view path);

// A path taken apart where its last name begins.
struct LastName {
  std::string folder;  // "." if there is none.
  std::string name;    // Neither empty nor "." nor "..".
};

// Safe from any thread: it never changes.
class BeneathRoot {
 public:
  static constexpr size_t kPathSizeMax = 4095;
  static constexpr size_t kNameSizeMax = 255;

  // Follows links in `folder` itself. Fails with kNotFound, kInvalidArgument (no folder), kIo, or
  // kUnsupported on a kernel without openat2.
  static Result<BeneathRoot> open(const std::filesystem::path& folder);

  // Where the folder really is, as the kernel says; " (deleted)" stands behind it if it is gone.
  Result<std::string> where() const { return where(folder_); }
  // The same of something opened through it.
  static Result<std::string> where(const Descriptor& opened);

  // A name for what `path` leads to (O_PATH): opening it so changes nothing and waits for nothing,
  // whatever it is. Fails with kInvalidArgument for a path that is none (`check_path`),
  // kPermissionDenied if it leads out, kNotFound, kIo.
  Result<Descriptor> name(std::string_view path) const;
  // The same for a folder; kInvalidArgument if it is none.
  Result<Descriptor> name_folder(std::string_view path) const;

  // None if `path` can be a path below the folder: not empty, not absolute, without NUL, no longer
  // than paths and names may be. Asks no disk.
  static Result<void> check_path(std::string_view path);

  // Fails as check_path() does, and if there is no last name: after a slash at the end, `.` and
  // `..`.
  static Result<LastName> split(std::string_view path);

  const Descriptor& folder() const { return folder_; }

 private:
  explicit BeneathRoot(Descriptor folder) : folder_(std::move(folder)) {}

  Result<Descriptor> resolve(std::string_view path, unsigned flags) const;

  Descriptor folder_;
};

// Opens again, with `flags` of open(2), a file that is open as a name only.
Result<Descriptor> reopen(const Descriptor& named, int flags, std::string_view path);

}  // namespace theater
