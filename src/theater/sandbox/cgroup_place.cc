#include "theater/sandbox/cgroup_place.h"

#include "theater/base/file.h"

#include <fmt/ranges.h>

#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <sstream>

namespace theater {

namespace {

namespace fs = std::filesystem;

constexpr size_t kTextMax = size_t{1} << 20;
constexpr const auto& kWanted = kNodeControllers;

Result<std::string> text_of(const fs::path& path) {
  return read_text_file(path, kTextMax);
}

// The path of the process's group, below the root that it sees.
std::optional<std::string> own_path(const std::string& membership) {
  constexpr std::string_view kUnified = "0::";
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kUnified)) return line.substr(kUnified.size());
  }
  return std::nullopt;
}

// Blanks and the like are octal numbers there.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (size_t at = 0; at < text.size(); ++at) {
    bool is_escape = text[at] == '\\' && at + 3 < text.size();
    if (!is_escape) {
      plain += text[at];
      continue;
    }
    plain += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 +
                               (text[at + 3] - '0'));
    at += 3;
  }
  return plain;
}

// The folder that `path` is at, by the last mount that shows it.
std::optional<fs::path> folder_of(const std::string& path, const std::string& mounts) {
  std::optional<fs::path> found;
  std::istringstream lines(mounts);
  for (std::string line; std::getline(lines, line);) {
    size_t end = line.find(" - ");
    if (end == std::string::npos || !line.substr(end + 3).starts_with("cgroup2 ")) continue;
    std::istringstream fields(line);
    std::string id, parent, device, root, point;
    if (!(fields >> id >> parent >> device >> root >> point)) continue;
    root = unescaped(root);
    if (root == "/") root.clear();
    bool is_shown = path == root || path.starts_with(root + "/");
    if (!is_shown) continue;
    fs::path below = fs::path(path.substr(root.size())).relative_path();
    fs::path folder = unescaped(point);
    found = below.empty() ? folder : folder / below;
  }
  return found;
}

bool is_writable(const fs::path& group) {
  return std::ranges::all_of(
      std::array{group, group / "cgroup.procs", group / "cgroup.subtree_control"},
      [](const fs::path& path) { return ::access(path.c_str(), W_OK) == 0; });
}

// How systemd marks a group that it leaves to a service.
bool has_mark(const fs::path& group) {
  return std::ranges::any_of(
      std::array{"trusted.delegate", "user.delegate"}, [&](const char* name) {
        char value = 0;
        return ::getxattr(group.c_str(), name, &value, 1) == 1 && value == '1';
      });
}

bool is_alone(const std::string& members, pid_t process) {
  std::istringstream lines(members);
  for (pid_t member = 0; lines >> member;) {
    if (member != process) return false;
  }
  return true;
}

std::vector<std::string> wanted_of(const std::string& controllers) {
  std::vector<std::string> found;
  std::istringstream words(controllers);
  for (std::string word; words >> word;) {
    if (std::ranges::find(kWanted, word) != kWanted.end()) found.push_back(word);
  }
  return found;
}

// Whether only nodes have made groups below, and handed controllers on.
bool is_of_nodes(const fs::path& group) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(group, error)) {
    bool is_other = !entry.path().filename().string().starts_with(kNodeGroupPrefix);
    if (entry.is_directory(error) && is_other) return false;
  }
  Result<std::string> handed_on = text_of(group / "cgroup.subtree_control");
  if (error || !handed_on) return false;
  std::istringstream words(*handed_on);
  auto count = std::distance(std::istream_iterator<std::string>(words), {});
  return count > 0 && wanted_of(*handed_on).size() == static_cast<size_t>(count);
}

}  // namespace

CgroupView CgroupView::of_this_process() {
  return {.process = ::getpid(), .is_root = ::geteuid() == 0};
}

Result<CgroupPlace> find_cgroup_place(const CgroupView& view) {
  std::string membership = THEATER_TRY(text_of(view.membership));
  std::optional<std::string> path = own_path(membership);
  if (!path) return fail(ErrorCode::kUnsupported, "the kernel has no cgroup v2");
  if (path->starts_with("/..")) {
    return fail(ErrorCode::kUnsupported, "the node's group {} is outside of its namespace", *path);
  }
  std::optional<fs::path> folder = folder_of(*path, THEATER_TRY(text_of(view.mounts)));
  if (!folder)
    return fail(ErrorCode::kUnsupported, "no cgroup v2 is mounted that has the node's group");
  CgroupPlace place{*folder, {}};
  if (!is_writable(place.group)) {
    return fail(ErrorCode::kUnsupported,
                "the group {} is not delegated to the node, which may not write "
                "there",
                place.group.string());
  }
  // The kernel gives each group a type but the machine's root.
  Result<std::string> type = text_of(place.group / "cgroup.type");
  bool is_machine_root = !type;
  bool is_alone_there =
      is_machine_root || is_alone(THEATER_TRY(text_of(place.group / "cgroup.procs")), view.process);
  place.is_left = !is_machine_root && is_alone_there && *type == "domain threaded\n" &&
                  is_of_nodes(place.group);
  if (!is_machine_root && !place.is_left && *type != "domain\n") {
    return fail(ErrorCode::kUnsupported, "the group {} is of the type `{}`, which holds no others",
                place.group.string(), type->substr(0, type->find('\n')));
  }
  // Root may write everywhere. A namespace of groups has its root for itself.
  if (view.is_root && *path != "/" && !has_mark(place.group)) {
    return fail(ErrorCode::kUnsupported,
                "the group {} is not delegated to the node: its service manager "
                "has not marked it so",
                place.group.string());
  }
  std::vector<std::string> offered =
      wanted_of(THEATER_TRY(text_of(place.group / "cgroup.controllers")));
  if (!is_alone_there) {
    place.lack = fmt::format("other processes share the node's group {}", place.group.string());
    return place;
  }
  place.controllers = std::move(offered);
  place.must_move = !is_machine_root && !place.controllers.empty();
  if (place.controllers.size() == kWanted.size()) return place;
  std::vector<std::string> missing;
  for (const char* wanted : kWanted) {
    if (std::ranges::find(place.controllers, wanted) == place.controllers.end())
      missing.emplace_back(wanted);
  }
  place.lack = fmt::format("the group {} has no controller {}", place.group.string(),
                           fmt::join(missing, ", "));
  return place;
}

}  // namespace theater
