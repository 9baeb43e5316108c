#include "theater/sandbox/sandbox_features.h"

#include "theater/sandbox/command_process.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

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

SandboxFeatures detect() {
  SandboxFeatures found;
  found.filter = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0 && has_action(SECCOMP_RET_ERRNO);
  found.listener = found.filter && has_action(SECCOMP_RET_USER_NOTIF);
  found.landlock = kernel_landlock_version();
  if (found.filter) find_namespaces(found);
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
  return text;
}

std::vector<std::string> missing_protections(const SandboxFeatures& features) {
  std::vector<std::string> all;
  if (level_of(features) == SandboxLevel::kRefused) {
    all.push_back(check_level(features).error().message());
    return all;
  }
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
      "network of its own; what they start outlives a killed node ({}): allow user namespaces, or "
      "run the node as root",
      features.namespaces_fault));
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
