// The operations on files and folders, as plain functions. They block; errors are for the guest.
//
// Errors have a code for the caller who looks at it, and a message that says what was done with
// which path, as the guest wrote it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/handlers/filesystem/file_access.h"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// A whole regular file. Fails with kResourceExhausted, before it reads anything, if it has more
// than `size_max` bytes, and with kInvalidArgument for what is no regular file, of which it opens
// nothing.
Result<Bytes> read_file(const FileAccess& access, std::string_view path, size_t size_max);

// Writes a file whole: a reader, and a crash at any time, sees what was there or all of `content`.
// A file that is there is replaced, with its permissions kept; a link, a folder or a device is not.
Result<void> write_file(const FileAccess& access, std::string_view path, ByteView content);

// Adds to the end of a regular file, which is made if it is not there, and syncs it. A crash, or a
// full disk, may leave a part. Fails as write_file(), and for a file that has other names too,
// which may be anywhere.
Result<void> append_file(const FileAccess& access, std::string_view path, ByteView content);

// What a path leads to.
enum class FileKind { kFile, kFolder, kOther };
BOOST_DESCRIBE_ENUM(FileKind, kFile, kFolder, kOther)

struct FileMetadata {
  FileKind kind = FileKind::kFile;
  uint64_t size = 0;
  uint64_t modified = 0;  // Milliseconds since the epoch.
  bool operator==(const FileMetadata&) const = default;
};
BOOST_DESCRIBE_STRUCT(FileMetadata, (), (kind, size, modified))

Result<FileMetadata> file_metadata(const FileAccess& access, std::string_view path);

// Gives what has the one name the other, in place of a file that had that; a link is renamed
// itself. Slashes may stand behind a path.
Result<void> rename_path(const FileAccess& access, std::string_view from, std::string_view to);

// The names in a folder, sorted by their bytes. Those that are not UTF-8 are left out, since no
// path can name them, and those that are denied. Fails with kResourceExhausted if they take more
// than `size_max` bytes in all.
Result<std::vector<std::string>> list_folder(const FileAccess& access, std::string_view path,
                                             size_t size_max);

// Removes a name that is no folder's; of a link, the link.
Result<void> delete_file(const FileAccess& access, std::string_view path);

// Makes one folder. A slash may stand behind the path.
Result<void> create_folder(const FileAccess& access, std::string_view path);

// Whether the path leads to something. False, not an error, where it leads nowhere.
Result<bool> path_exists(const FileAccess& access, std::string_view path);

// `path` without slashes at its end: a folder's name is the same with and without.
std::string_view without_end_slashes(std::string_view path);

// Makes the names in the place's folder last.
Result<void> sync_names(const FilePlace& place);

}  // namespace theater
