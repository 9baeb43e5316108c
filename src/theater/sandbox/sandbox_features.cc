#include "theater/sandbox/sandbox_features.h"

#include "theater/sandbox/command_privileges.h"
#include "theater/sandbox/command_process.h"
#include "theater/sandbox/program_group.h"

#include <fmt/ranges.h>

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

namespace theater {

namespace {

bool has_action(uint32_t action) {
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int kernel_landlock_version() {
  constexpr unsigned kAskVersion = 1;
  long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  return version < 0 ? 0 : static_cast<int>(version);
}

// Runs `true` in namespaces, and says what fails.
Result<void> try_namespaces(const SandboxFeatures& features) {
  std::string program = THEATER_TRY(find_program("true"));
  Descriptor nowhere;
  CommandSandbox wall = THEATER_TRY(CommandSandbox::build({nowhere, {}, program, {}, features}));
  CommandStart start{program, {"true"}, {}, Descriptor(::open("/", O_PATH | O_CLOEXEC)), 0};
  constexpr uid_t kNobody = 65'534;
  if (::geteuid() == 0) start.user = SystemUser{"nobody", kNobody, kNobody};
  CommandProcess process = THEATER_TRY(start_process(start, wall));
  int32_t code = collect_exit_code(process);
  if (code == 0) return {};
  return fail(ErrorCode::kIo, "{} ended with {}", program, code);
}

void find_namespaces(SandboxFeatures& found) {
  SandboxFeatures tried = found;
  tried.namespaces = true;
  for (bool proc : {true, false}) {
    tried.proc = proc;
    Result<void> result = try_namespaces(tried);
    if (result) {
      found.namespaces = true;
      found.proc = proc;
      return;
    }
    found.namespaces_fault = result.error().message();
  }
}

GroupFeatures find_groups() {
  const auto& groups = ProgramGroups::of_this_process();
  GroupFeatures found;
  if (!groups) {
    found.fault = groups.error().message();
    return found;
  }
  const CgroupPlace& place = (*groups)->place();
  auto has = [&](std::string_view controller) {
    return std::ranges::find(place.controllers, controller) != place.controllers.end();
  };
  return {true, has("memory"), has("pids"), has("cpu"), place.lack};
}

std::string group_text(const GroupFeatures& groups) {
  if (groups.memory && groups.processes && groups.cpu) return "cgroup";
  std::string text = "cgroup";
  if (groups.memory) text += "-memory";
  if (groups.processes) text += "-pids";
  if (groups.cpu) text += "-cpu";
  return text == "cgroup" ? "cgroup-none" : text;
}

// What holds for all processes of a program together where no group bounds it.
std::vector<std::string> missing_bounds(const GroupFeatures& groups) {
  std::vector<std::string> lacks;
  uint64_t processes = groups.processes ? kGroupProcessesMax : kUserProcessesMax;
  if (!groups.memory) {
    lacks.push_back(
        fmt::format("its memory is bounded by processes times data alone, {} times {} "
                    "GiB",
                    processes, kProcessDataMax >> 30));
  }
  if (!groups.processes)
    lacks.push_back(fmt::format("it has as many processes as its user may, {}", processes));
  if (!groups.cpu) lacks.push_back("it takes the more CPU time, the more processes it has");
  if (!groups.offered) lacks.push_back("nothing but their parent ties its processes together");
  return lacks;
}

std::optional<std::string> missing_groups(const GroupFeatures& groups) {
  std::vector<std::string> lacks = missing_bounds(groups);
  if (lacks.empty()) return std::nullopt;
  return fmt::format(
      "no control group bounds a whole program: {} ({}): run the node alone in a group of cgroup "
      "v2 "
      "that is delegated to it, with the controllers memory, pids and cpu (Delegate=yes in a unit "
      "of systemd)",
      fmt::join(lacks, ", "), groups.fault);
}

SandboxFeatures detect() {
  SandboxFeatures found;
  found.filter = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0 && has_action(SECCOMP_RET_ERRNO);
  found.listener = found.filter && has_action(SECCOMP_RET_USER_NOTIF);
  found.landlock = kernel_landlock_version();
  if (found.filter) find_namespaces(found);
  if (level_of(found) != SandboxLevel::kRefused) found.groups = find_groups();
  return found;
}

}  // namespace

const SandboxFeatures& SandboxFeatures::of_machine() {
  static const SandboxFeatures found = detect();
  return found;
}

SandboxLevel level_of(const SandboxFeatures& features) {
  if (!features.filter) return SandboxLevel::kRefused;
  if (features.namespaces) return SandboxLevel::kNamespaces;
  return features.landlock >= 1 ? SandboxLevel::kLandlock : SandboxLevel::kRefused;
}

std::string level_text(const SandboxFeatures& features) {
  SandboxLevel level = level_of(features);
  if (level == SandboxLevel::kRefused) return "refused";
  std::string text = level == SandboxLevel::kNamespaces ? "namespaces seccomp" : "seccomp";
  if (features.landlock > 0) text += fmt::format(" landlock-{}", features.landlock);
  if (features.groups.offered) text += " " + group_text(features.groups);
  return text;
}

namespace {

std::vector<std::string> missing_walls(const SandboxFeatures& features) {
  std::vector<std::string> all;
  if (level_of(features) == SandboxLevel::kNamespaces) {
    if (features.landlock == 0) {
      all.push_back(
          "without Landlock no program maps libraries from the folder it works in: boot with "
          "lsm=landlock,...");
    }
    if (!features.proc) {
      all.push_back(
          "programs have no /proc, since what this container hides of it keeps it from being "
          "mounted: run the node outside of a container, or unmask /proc");
    }
    return all;
  }
  all.push_back(fmt::format(
      "without namespaces programs see which files and processes of others exist, and none has a "
      "network of its own; what they start outlives a killed node{} ({}): allow user namespaces, "
      "or "
      "run the node as root",
      features.groups.offered ? ", until the next node starts" : "", features.namespaces_fault));
  if (features.landlock < 6) {
    all.push_back(
        "Landlock before version 6 does not judge signals, so a program can signal other processes "
        "of its user: a kernel from 6.12 on");
  }
  if (!features.listener) {
    all.push_back(
        "the kernel passes no calls to the node, so programs change no modes and times by path: a "
        "kernel from 5.0 on");
  }
  return all;
}

}  // namespace

std::vector<std::string> missing_protections(const SandboxFeatures& features) {
  if (level_of(features) == SandboxLevel::kRefused)
    return {check_level(features).error().message()};
  std::vector<std::string> all = missing_walls(features);
  if (auto groups = missing_groups(features.groups)) all.push_back(*std::move(groups));
  return all;
}

Result<void> check_level(const SandboxFeatures& features) {
  if (level_of(features) != SandboxLevel::kRefused) return {};
  if (!features.filter) {
    return Failure(Error(ErrorCode::kUnsupported,
                         "no program is run here: the kernel has no filter of system calls "
                         "(CONFIG_SECCOMP_FILTER) to wall it in")
                       .with_hint("run the node on a kernel with seccomp"));
  }
  return Failure(
      Error(ErrorCode::kUnsupported,
            fmt::format("no program is run here: the kernel has no Landlock to wall it in, and "
                        "namespaces fail too ({})",
                        features.namespaces_fault))
          .with_hint("use Linux 5.13 or later with `landlock` among its security modules "
                     "(boot option lsm=landlock,...)"));
}

}  // namespace theater
