#include "theater/sandbox/namespace_files.h"

#include "theater/base/beneath_root.h"
#include "theater/base/file_handle.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

namespace theater {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporaryOptions = "mode=1777,size=256m,nr_inodes=65536";

void add_bind(InitPlan& plan, uint64_t flags, const std::string& source, const std::string& path) {
  plan.add(InitStep::kBind, {flags, 0, 0}, {source, path});
}

// Keeps a link as one: /bin is often a link to /usr/bin.
void add_system(InitPlan& plan, const SystemPath& system) {
  bool is_device =
      system.use == SystemPath::Use::kDevice || system.use == SystemPath::Use::kReadDevice;
  std::error_code error;
  fs::path target = is_device ? fs::path() : fs::read_symlink(system.path, error);
  if (!is_device && !error) {
    plan.add(InitStep::kLink, {}, {target.string(), system.path});
  } else {
    add_bind(plan, is_device ? kBindFile | kBindDevice | kBindReadOnly : uint64_t{kBindReadOnly},
             system.path, system.path);
  }
}

void add_setting(InitPlan& plan, const std::string& path) {
  std::error_code error;
  uint64_t kind = fs::is_directory(path, error) ? 0 : uint64_t{kBindFile};
  add_bind(plan, kBindReadOnly | kind, path, path);
}

// A program outside of the system's folders, and what its path leads to.
void add_program(InitPlan& plan, const NamespaceFiles& files, const std::string& folder) {
  auto is_there = [&](const std::string& path) {
    if (!folder.empty() && holds_path(folder, path)) return true;
    return std::ranges::any_of(files.system,
                               [&](const SystemPath& one) { return holds_path(one.path, path); });
  };
  std::error_code error;
  std::string real = fs::canonical(files.program, error).string();
  if (error) return;  // Executing it says what is wrong.
  for (const std::string& path : {real, files.program}) {
    if (!is_there(path)) add_bind(plan, kBindFile | kBindReadOnly, real, path);
    if (real == files.program) return;
  }
}

Result<void> add_folder(InitPlan& plan, const NamespaceFiles& files, const std::string& where) {
  if (where == "/") {
    return fail(ErrorCode::kPermissionDenied,
                "no program works in the folder /, since it would see the whole machine; grant "
                "another folder");
  }
  if (!files.rights.read && files.features.landlock == 0) {
    return fail(
        ErrorCode::kUnsupported,
        "no program works in {}, which it may not read, since this kernel has no Landlock to "
        "keep it from reading; grant `read` too",
        where);
  }
  struct stat status{};
  if (::fstat(files.folder.number(), &status) != 0) return os_failure("look at", where, errno);
  uint64_t flags = 0;
  if (!files.rights.write) flags |= kBindReadOnly;
  if (files.features.landlock == 0) flags |= kBindNoExecute;
  plan.add(InitStep::kBind, {flags, status.st_dev, status.st_ino}, {where, where});
  return {};
}

}  // namespace

Result<InitPlan> plan_files(const NamespaceFiles& files, uint64_t read, uint64_t write) {
  InitPlan plan;
  std::string folder;
  if (files.folder.open()) folder = THEATER_TRY(BeneathRoot::where(files.folder));
  plan.add(InitStep::kOpenRoot, {});
  for (const SystemPath& system : files.system)
    add_system(plan, system);
  for (const std::string& path : files.settings)
    add_setting(plan, path);
  bool is_restricted = files.features.landlock != 0;
  plan.add(InitStep::kTemporary, {}, {kTemporaryOptions, "/tmp"});
  if (files.features.proc) plan.add(InitStep::kProc, {}, {"/proc"});
  add_program(plan, files, folder);
  if (!folder.empty()) THEATER_TRY_VOID(add_folder(plan, files, folder));
  plan.add(InitStep::kEnterRoot, {});
  // A rule holds for what is mounted below, too.
  bool has_all = files.rights.read && files.rights.write;
  bool is_below = !folder.empty() && holds_path("/tmp", folder);
  if (is_restricted && (has_all || !is_below)) plan.add(InitStep::kAllow, {write}, {"/tmp"});
  if (is_restricted && files.features.proc) plan.add(InitStep::kAllow, {read}, {"/proc"});
  return plan;
}

}  // namespace theater
