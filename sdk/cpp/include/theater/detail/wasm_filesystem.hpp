// filesystem.hpp in a guest.
#pragma once

#include "theater/detail/wasm_memory.hpp"

namespace theater::detail {

// result<bool, string>: the discriminant, then the error, or one byte.
struct RawBool {
  uint8_t tag;
  uint32_t words[2];
};

// result<command-result, string>: the discriminant, then the error, or a variant: its discriminant,
// then a record of two strings and a number, or of a string.
struct RawCommand {
  uint8_t tag;
  uint32_t words[6];

  Result<CommandOutput> take() const {
    if (tag != 0) return fail(span_at(words).take());
    if ((words[0] & 0xff) != 0) return fail(span_at(words + 1).take());
    return CommandOutput{span_at(words + 1).take(), span_at(words + 3).take(),
                         static_cast<int32_t>(words[5])};
  }
};

// result<metadata, string>: the discriminant, then the error, or a byte and two numbers.
struct RawMetadata {
  alignas(8) uint8_t tag;
  alignas(8) uint32_t words[6];
};

static_assert(sizeof(RawBool) == 12 && sizeof(RawCommand) == 28 && sizeof(RawMetadata) == 32);

THEATER_DETAIL_IMPORT("filesystem", "read-file")
void theater_raw_read_file(const char* path, size_t path_size, Tagged*);
THEATER_DETAIL_IMPORT("filesystem", "write-file")
void theater_raw_write_file(const char* path, size_t path_size, const char* data, size_t size,
                            Tagged*);
THEATER_DETAIL_IMPORT("filesystem", "list-files")
void theater_raw_list_files(const char* path, size_t path_size, Tagged*);
THEATER_DETAIL_IMPORT("filesystem", "delete-file")
void theater_raw_delete_file(const char* path, size_t path_size, Tagged*);
THEATER_DETAIL_IMPORT("filesystem", "create-dir")
void theater_raw_create_dir(const char* path, size_t path_size, Tagged*);
THEATER_DETAIL_IMPORT("filesystem", "delete-dir")
void theater_raw_delete_dir(const char* path, size_t path_size, Tagged*);
THEATER_DETAIL_IMPORT("filesystem", "path-exists")
void theater_raw_path_exists(const char* path, size_t path_size, RawBool*);
THEATER_DETAIL_IMPORT("filesystem", "execute-command")
void theater_raw_execute_command(const char* folder, size_t folder_size, const char* program,
                                 size_t program_size, const Span* arguments, size_t count,
                                 RawCommand*);
THEATER_DETAIL_IMPORT("filesystem", "execute-nix-command")
void theater_raw_execute_nix_command(const char* folder, size_t folder_size, const char* command,
                                     size_t command_size, RawCommand*);
THEATER_DETAIL_IMPORT_FROM("theater:files/files", "write-bytes")
void theater_raw_write_bytes(const char* path, size_t path_size, const char* data, size_t size,
                             Tagged*);
THEATER_DETAIL_IMPORT_FROM("theater:files/files", "append-bytes")
void theater_raw_append_bytes(const char* path, size_t path_size, const char* data, size_t size,
                              Tagged*);
THEATER_DETAIL_IMPORT_FROM("theater:files/files", "get-metadata")
void theater_raw_get_metadata(const char* path, size_t path_size, RawMetadata*);
THEATER_DETAIL_IMPORT_FROM("theater:files/files", "rename-path")
void theater_raw_rename_path(const char* from, size_t from_size, const char* to, size_t to_size,
                             Tagged*);

using PathCall = void (*)(const char*, size_t, Tagged*);
using ContentCall = void (*)(const char*, size_t, const char*, size_t, Tagged*);

inline Tagged call_with_path(PathCall call, std::string_view path) {
  Utf8 text(path);
  Tagged out;
  call(text.data(), text.size(), &out);
  return out;
}

inline Status call_with_content(ContentCall call, std::string_view path, std::string_view content) {
  Utf8 text(path);
  Tagged out;
  call(text.data(), text.size(), content.data(), content.size(), &out);
  return out.take_status();
}

}  // namespace theater::detail

namespace theater {

inline Result<std::string> read_file(std::string_view path) {
  return detail::call_with_path(detail::theater_raw_read_file, path).take_result();
}

inline Status write_file(std::string_view path, std::string_view content) {
  detail::Utf8 text(content);
  return detail::call_with_content(detail::theater_raw_write_file, path,
                                   {text.data(), text.size()});
}

inline Status write_bytes(std::string_view path, std::string_view content) {
  return detail::call_with_content(detail::theater_raw_write_bytes, path, content);
}

inline Status append_bytes(std::string_view path, std::string_view content) {
  return detail::call_with_content(detail::theater_raw_append_bytes, path, content);
}

inline Result<std::vector<std::string>> list_files(std::string_view path) {
  return detail::call_with_path(detail::theater_raw_list_files, path).take_strings();
}

inline Status delete_file(std::string_view path) {
  return detail::call_with_path(detail::theater_raw_delete_file, path).take_status();
}

inline Status create_dir(std::string_view path) {
  return detail::call_with_path(detail::theater_raw_create_dir, path).take_status();
}

inline Status delete_dir(std::string_view path) {
  return detail::call_with_path(detail::theater_raw_delete_dir, path).take_status();
}

inline Result<bool> path_exists(std::string_view path) {
  detail::Utf8 text(path);
  detail::RawBool out;
  detail::theater_raw_path_exists(text.data(), text.size(), &out);
  if (out.tag != 0) return fail(detail::span_at(out.words).take());
  return (out.words[0] & 0xff) != 0;
}

inline Result<FileMetadata> get_metadata(std::string_view path) {
  detail::Utf8 text(path);
  detail::RawMetadata out;
  detail::theater_raw_get_metadata(text.data(), text.size(), &out);
  if (out.tag != 0) return fail(detail::span_at(out.words).take());
  auto number = [&](size_t at) { return out.words[at] | uint64_t{out.words[at + 1]} << 32; };
  return FileMetadata{static_cast<FileKind>(out.words[0] & 0xff), number(2), number(4)};
}

inline Status rename_path(std::string_view old_path, std::string_view new_path) {
  detail::Utf8 from(old_path);
  detail::Utf8 to(new_path);
  detail::Tagged out;
  detail::theater_raw_rename_path(from.data(), from.size(), to.data(), to.size(), &out);
  return out.take_status();
}

inline Result<CommandOutput> execute_command(std::string_view folder, std::string_view program,
                                             std::span<const std::string> arguments) {
  detail::Utf8 where(folder);
  detail::Utf8 name(program);
  std::vector<detail::Utf8> texts(arguments.begin(), arguments.end());
  std::vector<detail::Span> words;
  for (const detail::Utf8& text : texts)
    words.push_back({text.data(), text.size()});
  detail::RawCommand out;
  detail::theater_raw_execute_command(where.data(), where.size(), name.data(), name.size(),
                                      words.data(), words.size(), &out);
  return out.take();
}

inline Result<CommandOutput> execute_nix_command(std::string_view folder,
                                                 std::string_view command) {
  detail::Utf8 where(folder);
  detail::Utf8 text(command);
  detail::RawCommand out;
  detail::theater_raw_execute_nix_command(where.data(), where.size(), text.data(), text.size(),
                                          &out);
  return out.take();
}

}  // namespace theater
