#include "theater/sandbox/program_group.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/sandbox/borrowed_memory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace theater {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr size_t kTypeMax = 4096;
constexpr std::string_view kProgramsName = "programs";
constexpr std::string_view kNodeName = "node";
constexpr int kRemovalsMax = 200;  // Every 5 ms.
constexpr auto kRemovalPause = 5ms;

Descriptor open_folder(const fs::path& path) {
  return Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}

// The kernel takes a value by one write.
bool set(int folder, const char* name, std::string_view value) {
  Descriptor file(::openat(folder, name, O_WRONLY | O_CLOEXEC));
  return file.open() &&
         ::write(file.number(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}
bool set(const fs::path& group, const char* name, std::string_view value) {
  return set(AT_FDCWD, (group / name).c_str(), value);
}

// Removes the group and those below it. False while processes are there.
bool remove_tree(const fs::path& group) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(group, error)) {
    if (entry.is_directory(error)) (void)remove_tree(entry.path());
  }
  return ::rmdir(group.c_str()) == 0 || errno == ENOENT;
}

bool remove_tree_soon(const fs::path& group) {
  for (int i = 0; i < kRemovalsMax; ++i) {
    if (remove_tree(group)) return true;
    std::this_thread::sleep_for(kRemovalPause);
  }
  return false;
}

// Ends and removes what nodes that live no more have left below `group`.
void remove_dead(const fs::path& group) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(group, error)) {
    if (!entry.path().filename().string().starts_with(kNodeGroupPrefix)) continue;
    Descriptor folder = open_folder(entry.path());
    if (!folder.open() || ::flock(folder.number(), LOCK_EX | LOCK_NB) != 0) continue;
    (void)set(folder.number(), "cgroup.kill", "1");
    (void)remove_tree_soon(entry.path());
  }
}

// Between clone and exit, system calls only.
__attribute__((no_sanitize("address", "thread"))) int end_at_once(void*) {
  ::_exit(0);
}

}  // namespace

ProgramGroup::ProgramGroup(std::shared_ptr<ProgramGroups> groups, std::string name,
                           Descriptor folder, Descriptor kill)
    : groups_(std::move(groups)),
      name_(std::move(name)),
      folder_(std::move(folder)),
      kill_(std::move(kill)) {}

ProgramGroup& ProgramGroup::operator=(ProgramGroup&& other) noexcept {
  if (this == &other) return *this;
  remove();
  groups_ = std::move(other.groups_);
  name_ = std::move(other.name_);
  folder_ = std::move(other.folder_);
  kill_ = std::move(other.kill_);
  return *this;
}

void ProgramGroup::kill() const {
  if (kill_.open()) (void)!::write(kill_.number(), "1", 1);
}

void ProgramGroup::remove() {
  if (groups_ == nullptr) return;
  kill();
  folder_.reset();
  kill_.reset();
  std::exchange(groups_, nullptr)->remove(std::move(name_));
}

Result<std::shared_ptr<ProgramGroups>> ProgramGroups::open(CgroupPlace place) {
  std::shared_ptr<ProgramGroups> groups(
      new ProgramGroups(std::move(place)));  // tidy: owned by `groups`
  remove_dead(groups->place_.group);
  if (groups->place_.is_left) THEATER_TRY_VOID(groups->take_back());
  THEATER_TRY_VOID(groups->make_folder());
  THEATER_TRY_VOID(groups->move_in());
  THEATER_TRY_VOID(groups->check());
  return groups;
}

const Result<std::shared_ptr<ProgramGroups>>& ProgramGroups::of_this_process() {
  static const auto opened = []() -> Result<std::shared_ptr<ProgramGroups>> {
    return open(THEATER_TRY(find_cgroup_place(CgroupView::of_this_process())));
  }();
  return opened;
}

// The kernel refuses it while a group below hands a controller on, so those have gone before.
Result<void> ProgramGroups::take_back() {
  for (const char* controller : kNodeControllers)
    (void)set(place_.group, "cgroup.subtree_control", fmt::format("-{}", controller));
  std::string type = THEATER_TRY(read_text_file(place_.group / "cgroup.type", kTypeMax));
  if (type == "domain\n") return {};
  return fail(ErrorCode::kUnsupported,
              "a killed node has left the group {} with its controllers handed on, and they cannot "
              "be taken back: start the node in a new group",
              place_.group.string());
}

// A starting node may take the folder for one that is left, until it is locked. Then another one is
// made.
Result<void> ProgramGroups::make_folder() {
  constexpr int kTriesMax = 1000;
  for (int i = 0; i < kTriesMax; ++i) {
    fs::path path = place_.group / fmt::format("{}{}-{}", kNodeGroupPrefix, ::getpid(), i);
    if (::mkdir(path.c_str(), 0755) != 0) {
      if (errno == EEXIST) continue;
      return os_failure("make the control group", path, errno);
    }
    Descriptor folder = open_folder(path);
    if (!folder.open() || ::flock(folder.number(), LOCK_EX | LOCK_NB) != 0) continue;
    fs::path programs = path / kProgramsName;
    folder_ = path;
    if (::mkdir(programs.c_str(), 0755) != 0) continue;
    lock_ = std::move(folder);
    programs_ = open_folder(programs);
    if (!programs_.open()) return os_failure("open the control group", programs, errno);
    return {};
  }
  return fail(ErrorCode::kIo, "cannot make a control group below {}: all names are taken",
              place_.group.string());
}

// Hands the controllers on to the groups of programs. The kernel refuses one that it has no use of
// there, which is then missing.
Result<void> ProgramGroups::move_in() {
  if (place_.must_move) {
    fs::path node = folder_ / kNodeName;
    if (::mkdir(node.c_str(), 0755) != 0 || !set(node, "cgroup.procs", "0"))
      return os_failure("move the node into", node, errno);
    has_moved_ = true;
  }
  std::erase_if(place_.controllers, [&](const std::string& controller) {
    std::string added = "+" + controller;
    for (const fs::path& group : {place_.group, folder_, folder_ / kProgramsName}) {
      if (set(group, "cgroup.subtree_control", added)) continue;
      place_.lack += fmt::format("{}the controller {} cannot be handed on in {}: {}",
                                 place_.lack.empty() ? "" : "; ", controller, group.string(),
                                 std::strerror(errno));
      return true;
    }
    return false;
  });
  return {};
}

Result<void> ProgramGroups::check() {
  ProgramGroup group = THEATER_TRY(make());
  BorrowingChild child = start_borrowing(end_at_once, nullptr, 0, group.folder());
  if (child.id < 0) {
    return fail(ErrorCode::kUnsupported, "no process can be started in a control group: {}",
                std::strerror(child.error));
  }
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(child.process.number()), &info, WEXITED) != 0 &&
         errno == EINTR) {
  }
  return {};
}

Result<ProgramGroup> ProgramGroups::make() {
  if (left_count_.load() >= kLeftMax) {
    return fail(ErrorCode::kResourceExhausted,
                "{} control groups of ended programs have processes that the kernel does not end; "
                "try again later",
                kLeftMax);
  }
  std::string name;
  do {
    name = std::to_string(++last_number_);
    // A fork of this process may have made it.
  } while (::mkdirat(programs_.number(), name.c_str(), 0755) != 0 && errno == EEXIST);
  std::string path = (folder_ / kProgramsName / name).string();
  Descriptor folder(::openat(programs_.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Descriptor kill(folder.open() ? ::openat(folder.number(), "cgroup.kill", O_WRONLY | O_CLOEXEC)
                                : -1);
  int error = errno;
  if (!folder.open()) return os_failure("make the control group", path, error);
  ProgramGroup group(shared_from_this(), std::move(name), std::move(folder), std::move(kill));
  if (!group.kill_.open()) {
    return fail(ErrorCode::kUnsupported,
                "the kernel does not end a whole control group (before Linux 5.14): {}: {}", path,
                std::strerror(error));
  }
  auto has = [&](std::string_view controller) {
    return std::ranges::find(place_.controllers, controller) != place_.controllers.end();
  };
  // A kernel without swap has no file for it.
  auto set_swap = [&] { return set(group.folder(), "memory.swap.max", "0") || errno == ENOENT; };
  bool is_bounded =
      (!has("memory") || (set(group.folder(), "memory.max", std::to_string(kGroupMemoryMax)) &&
                          set_swap() && set(group.folder(), "memory.oom.group", "1"))) &&
      (!has("pids") || set(group.folder(), "pids.max", std::to_string(kGroupProcessesMax)));
  if (!is_bounded) return os_failure("set the bounds of the control group", path, errno);
  return group;
}

void ProgramGroups::remove(std::string name) {
  if (::unlinkat(programs_.number(), name.c_str(), AT_REMOVEDIR) == 0) return;
  left_.with([&](std::vector<std::string>& left) {
    left.push_back(std::move(name));
    left_count_ = left.size();
  });
}

void ProgramGroups::remove_left() {
  left_.with([&](std::vector<std::string>& left) {
    std::erase_if(left, [&](const std::string& name) {
      return ::unlinkat(programs_.number(), name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT;
    });
    left_count_ = left.size();
  });
}

// A group that hands controllers on takes no process, so that ends first.
void ProgramGroups::move_out() const {
  for (const fs::path& group : {folder_, place_.group}) {
    for (const std::string& controller : place_.controllers)
      (void)set(group, "cgroup.subtree_control", "-" + controller);
  }
  (void)set(place_.group, "cgroup.procs", "0");
}

ProgramGroups::~ProgramGroups() {
  if (!programs_.open()) return;
  (void)set(programs_.number(), "cgroup.kill", "1");
  (void)remove_tree_soon(folder_ / kProgramsName);
  if (has_moved_) move_out();
  (void)remove_tree(folder_);
}

}  // namespace theater
