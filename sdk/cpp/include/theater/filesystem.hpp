// Files and folders below the one folder that the actor was granted, and commands there:
// theater:simple/filesystem, and what Theater adds to it in theater:files/files.
//
//   THEATER_TRY_VOID(write_file("notes/today.txt", text));
//   std::string bytes = THEATER_TRY(read_file("notes/today.txt"));
//
// Paths are relative to that folder, `/` between the names, and lead nowhere else. The manifest
// must list the handler `filesystem`, with `path` or `new_dir`, and the operator grant what is used
// of `read`, `write` and `execute`.
#pragma once

#include "theater/actor.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// A whole file; its bytes, which need not be text. One that is larger than the actor's payload
// limit is an error that says so.
Result<std::string> read_file(std::string_view path);

// Writes a file whole, in place of one that is there: whoever reads it, and whoever comes after a
// crash, finds the old content or all of the new. The content is text; bytes that are not UTF-8
// are replaced, and write_bytes writes them as they are.
Status write_file(std::string_view path, std::string_view content);
Status write_bytes(std::string_view path, std::string_view content);

// Adds to the end of a file, which is made if it is not there. A crash may leave a part.
Status append_bytes(std::string_view path, std::string_view content);

// The names in a folder, sorted; "." is the actor's folder.
Result<std::vector<std::string>> list_files(std::string_view path);

// Deletes a file. A folder is an error.
Status delete_file(std::string_view path);

// Makes one folder; the one it is in must be there.
Status create_dir(std::string_view path);

// Deletes a folder and everything in it.
Status delete_dir(std::string_view path);

// False if the path leads to nothing.
Result<bool> path_exists(std::string_view path);

enum class FileKind : uint8_t { kFile, kFolder, kOther };

struct FileMetadata {
  FileKind kind = FileKind::kFile;
  uint64_t size = 0;      // In bytes; of a folder it says nothing.
  uint64_t modified = 0;  // Milliseconds since 1970-01-01 UTC.
  bool operator==(const FileMetadata&) const = default;
};

// Of what the path leads to, links followed.
Result<FileMetadata> get_metadata(std::string_view path);

// Gives a file or folder another name; a file that had that name is gone.
Status rename_path(std::string_view old_path, std::string_view new_path);

// What a program printed, as text, and how it ended: its exit code, or 128 and a signal's number.
struct CommandOutput {
  std::string out;
  std::string err;
  int32_t exit_code = 0;
  bool operator==(const CommandOutput&) const = default;
};

// Runs one of the granted commands in a folder, without a shell, and waits for its end; meanwhile
// this actor takes nothing else. An error says why it was not run, or why it was ended.
Result<CommandOutput> execute_command(std::string_view folder, std::string_view program,
                                      std::span<const std::string> arguments = {});

// Runs a command line inside the Nix development shell of a folder.
Result<CommandOutput> execute_nix_command(std::string_view folder, std::string_view command);

}  // namespace theater

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_filesystem.hpp"
#else
#include "theater/detail/native_filesystem.hpp"
#endif
