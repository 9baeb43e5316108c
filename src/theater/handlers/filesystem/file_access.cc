#include "theater/handlers/filesystem/file_access.h"

#include "theater/manifest/grant.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

std::string joined(const std::string& folder, const std::string& name) {
  return folder == "/" ? "/" + name : folder + "/" + name;
}

// Whether there are more `..` than names before them. So that the answer is the same whether the
// names are there or not; where links lead is the kernel's business.
bool leads_out(std::string_view path) {
  int depth = 0;
  for (size_t at = 0; at < path.size() && depth >= 0;) {
    size_t end = std::min(path.find('/', at), path.size());
    std::string_view name = path.substr(at, end - at);
    if (name == "..") {
      --depth;
    } else if (!name.empty() && name != ".") {
      ++depth;
    }
    at = end + 1;
  }
  return depth < 0;
}

// What the path would be without links. Not by PathPattern::parse: files may have any names.
std::string normal(const std::string& root, std::string_view path) {
  std::string text =
      std::filesystem::path(joined(root, std::string(path))).lexically_normal().string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

std::string_view right_name(FileRight right) {
  switch (right) {
    case FileRight::kRead:
      return "read";
    case FileRight::kWrite:
      return "write";
    case FileRight::kExecute:
      return "execute";
  }
  return "";
}

std::string missing_file_grant(FileRight right, const std::string& path,
                               const CommandList& commands) {
  Permissions needed;
  FileSystemPermissions& files = needed.file_system.emplace();
  files.paths = PathList({{path}});
  files.denied = DeniedPaths::unrestricted();
  files.read = right == FileRight::kRead;
  files.write = right == FileRight::kWrite;
  files.execute = right == FileRight::kExecute;
  if (files.execute) files.commands = commands;
  return to_grants(needed).front();
}

FileAccess::FileAccess(BeneathRoot root, std::string root_path)
    : root_(std::move(root)), root_path_(std::move(root_path)), all_(true) {}

FileAccess::FileAccess(BeneathRoot root, std::string root_path, FileSystemPermissions reach)
    : root_(std::move(root)),
      root_path_(std::move(root_path)),
      reach_(std::move(reach)),
      all_(reach_.paths.allows({root_path_}) && !reach_.denied.denies_within({root_path_})) {}

Result<void> FileAccess::check(const std::string& absolute, FileRight right) const {
  if (all_ || reach_.reaches(absolute)) return {};
  return fail(ErrorCode::kPermissionDenied, "Permission denied: {}",
              missing_file_grant(right, absolute, reach_.commands));
}

std::optional<std::string> FileAccess::refusal(std::string_view path, FileRight right) const {
  if (all_ || !BeneathRoot::check_path(path) || leads_out(path)) return std::nullopt;
  std::string absolute = normal(root_path_, path);
  if (reach_.reaches(absolute)) return std::nullopt;
  return missing_file_grant(right, absolute, reach_.commands);
}

Result<void> FileAccess::check_text(std::string_view path, FileRight right) const {
  THEATER_TRY_VOID(BeneathRoot::check_path(path));
  if (path.starts_with(kUnfinishedPrefix) ||
      path.find("/" + std::string(kUnfinishedPrefix)) != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: names that begin with `{}` are those of writes under way", path,
                kUnfinishedPrefix);
  }
  if (leads_out(path)) {
    return fail(ErrorCode::kPermissionDenied,
                "`{}` leads out of the folder that the actor was given", path);
  }
  if (all_) return {};
  return check(normal(root_path_, path), right);
}

Result<void> FileAccess::check_opened(const Descriptor& opened, FileRight right) const {
  if (all_) return {};
  std::string where = THEATER_TRY(BeneathRoot::where(opened));
  return check(where, right);
}

Result<Descriptor> FileAccess::find(std::string_view path, FileRight right) const {
  THEATER_TRY_VOID(check_text(path, right));
  Descriptor found = THEATER_TRY(root_.name(path));
  THEATER_TRY_VOID(check_opened(found, right));
  return found;
}

Result<Descriptor> FileAccess::find_folder(std::string_view path, FileRight right) const {
  THEATER_TRY_VOID(check_text(path, right));
  Descriptor found = THEATER_TRY(root_.name_folder(path));
  THEATER_TRY_VOID(check_opened(found, right));
  return found;
}

Result<FilePlace> FileAccess::place(std::string_view path, FileRight right) const {
  THEATER_TRY_VOID(check_text(path, right));
  LastName last = THEATER_TRY(BeneathRoot::split(path));
  FilePlace place{THEATER_TRY(root_.name_folder(last.folder)), last.name, std::string(path)};
  // The folder itself need not be allowed for a name in it to be.
  if (all_) return place;
  std::string where = THEATER_TRY(BeneathRoot::where(place.folder));
  THEATER_TRY_VOID(check(joined(where, place.name), right));
  return place;
}

Result<void> FileAccess::check_all_below(const FilePlace& place, FileRight right) const {
  if (all_) return {};
  std::string real = joined(THEATER_TRY(BeneathRoot::where(place.folder)), place.name);
  THEATER_TRY_VOID(check(real, right));
  if (!reach_.denied.denies_within({real})) return {};
  return fail(ErrorCode::kPermissionDenied,
              "Permission denied: something in `{}` is denied to the actor, so it cannot be {}",
              place.path, "deleted or renamed whole");
}

bool FileAccess::shows(const std::string& where, const std::string& name) const {
  return !name.starts_with(kUnfinishedPrefix) && (all_ || reach_.reaches(joined(where, name)));
}

}  // namespace theater
