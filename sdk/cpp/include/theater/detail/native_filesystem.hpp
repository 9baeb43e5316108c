// filesystem.hpp in a unit test: files in memory.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater::testing {

// Without `./` and slashes at the end; "" is the actor's folder.
inline std::string plain_path(std::string_view path) {
  while (path.starts_with("./"))
    path.remove_prefix(2);
  while (path.ends_with('/'))
    path.remove_suffix(1);
  return std::string(path == "." ? "" : path);
}

inline std::unexpected<std::string> no_file(std::string_view path) {
  return fail("cannot open " + std::string(path) + ": No such file or directory");
}

inline bool is_folder(const Host& host, const std::string& path) {
  return path.empty() || host.folders.contains(path);
}

// The folder that a path is in; fails if it is not there.
inline Status find_parent(const Host& host, const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos || is_folder(host, path.substr(0, slash))) return {};
  return no_file(path);
}

inline Status put_file(std::string_view path, std::string content) {
  Host& host = Host::current();
  std::string plain = plain_path(path);
  THEATER_TRY_VOID(find_parent(host, plain));
  if (is_folder(host, plain)) return fail("`" + plain + "` is not a regular file but a folder");
  host.files[plain] = std::move(content);
  return {};
}

// The part of `path` below `folder`, if it is there.
inline std::string_view below(const std::string& folder, std::string_view path) {
  if (folder.empty()) return path;
  if (!path.starts_with(folder + "/")) return {};
  return path.substr(folder.size() + 1);
}

}  // namespace theater::testing

namespace theater {

inline Result<std::string> read_file(std::string_view path) {
  testing::Host& host = testing::Host::current();
  auto found = host.files.find(testing::plain_path(path));
  if (found == host.files.end()) return testing::no_file(path);
  return found->second;
}

inline Status write_file(std::string_view path, std::string_view content) {
  return testing::put_file(path, std::string(content));
}

inline Status write_bytes(std::string_view path, std::string_view content) {
  return testing::put_file(path, std::string(content));
}

inline Status append_bytes(std::string_view path, std::string_view content) {
  return testing::put_file(path, read_file(path).value_or("") + std::string(content));
}

inline Result<std::vector<std::string>> list_files(std::string_view path) {
  testing::Host& host = testing::Host::current();
  std::string folder = testing::plain_path(path);
  if (!testing::is_folder(host, folder)) return testing::no_file(path);
  std::vector<std::string> names;
  auto add = [&](std::string_view other) {
    std::string_view rest = testing::below(folder, other);
    if (!rest.empty() && rest.find('/') == std::string_view::npos) names.emplace_back(rest);
  };
  for (const auto& [file, content] : host.files)
    add(file);
  for (const std::string& other : host.folders)
    add(other);
  std::sort(names.begin(), names.end());
  return names;
}

inline Status delete_file(std::string_view path) {
  if (testing::Host::current().files.erase(testing::plain_path(path)) == 1) return {};
  return testing::no_file(path);
}

inline Status create_dir(std::string_view path) {
  testing::Host& host = testing::Host::current();
  std::string folder = testing::plain_path(path);
  THEATER_TRY_VOID(testing::find_parent(host, folder));
  if (host.files.contains(folder) || testing::is_folder(host, folder)) {
    return fail("cannot create the folder " + folder + ": File exists");
  }
  host.folders.insert(folder);
  return {};
}

inline Status delete_dir(std::string_view path) {
  testing::Host& host = testing::Host::current();
  std::string folder = testing::plain_path(path);
  if (folder.empty() || host.folders.erase(folder) == 0) return testing::no_file(path);
  std::erase_if(host.files,
                [&](auto& file) { return !testing::below(folder, file.first).empty(); });
  std::erase_if(host.folders, [&](auto& other) { return !testing::below(folder, other).empty(); });
  return {};
}

inline Result<bool> path_exists(std::string_view path) {
  testing::Host& host = testing::Host::current();
  std::string plain = testing::plain_path(path);
  return host.files.contains(plain) || testing::is_folder(host, plain);
}

inline Result<FileMetadata> get_metadata(std::string_view path) {
  if (testing::is_folder(testing::Host::current(), testing::plain_path(path))) {
    return FileMetadata{.kind = FileKind::kFolder};
  }
  return FileMetadata{.size = THEATER_TRY(read_file(path)).size()};
}

inline Status rename_path(std::string_view old_path, std::string_view new_path) {
  testing::Host& host = testing::Host::current();
  std::string from = testing::plain_path(old_path);
  std::string to = testing::plain_path(new_path);
  THEATER_TRY_VOID(testing::find_parent(host, to));
  if (auto file = host.files.extract(from)) {
    host.files[to] = std::move(file.mapped());
    return {};
  }
  if (host.folders.erase(from) == 0) return testing::no_file(old_path);
  std::map<std::string, std::string> files;
  for (auto& [path, content] : host.files) {
    std::string_view rest = testing::below(from, path);
    files[rest.empty() ? path : to + "/" + std::string(rest)] = std::move(content);
  }
  std::set<std::string> folders{to};
  for (const std::string& path : host.folders) {
    std::string_view rest = testing::below(from, path);
    folders.insert(rest.empty() ? path : to + "/" + std::string(rest));
  }
  host.files = std::move(files);
  host.folders = std::move(folders);
  return {};
}

inline Result<CommandOutput> execute_command(std::string_view folder, std::string_view program,
                                             std::span<const std::string> arguments) {
  testing::Host& host = testing::Host::current();
  testing::Command& command = host.commands.emplace_back();
  command.folder = folder;
  command.words.assign(1, std::string(program));
  command.words.insert(command.words.end(), arguments.begin(), arguments.end());
  if (!host.on_command) return fail("this host runs no commands: set on_command");
  return host.on_command(testing::Command(command));
}

inline Result<CommandOutput> execute_nix_command(std::string_view folder,
                                                 std::string_view command) {
  std::vector<std::string> words{"develop", "--command", std::string(command)};
  return execute_command(folder, "nix", words);
}

}  // namespace theater
