#include "theater/sandbox/sandbox_features.h"

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

SandboxFeatures detect() {
  SandboxFeatures found;
  found.filter = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0 && has_action(SECCOMP_RET_ERRNO);
  found.listener = found.filter && has_action(SECCOMP_RET_USER_NOTIF);
  found.landlock = kernel_landlock_version();
  return found;
}

}  // namespace

const SandboxFeatures& SandboxFeatures::of_machine() {
  static const SandboxFeatures found = detect();
  return found;
}

SandboxLevel level_of(const SandboxFeatures& features) {
  if (!features.filter) return SandboxLevel::kRefused;
  return features.landlock >= 1 ? SandboxLevel::kLandlock : SandboxLevel::kRefused;
}

std::string level_text(const SandboxFeatures& features) {
  if (level_of(features) == SandboxLevel::kRefused) return "refused";
  return fmt::format("seccomp landlock-{}", features.landlock);
}

std::vector<std::string> missing_protections(const SandboxFeatures& features) {
  std::vector<std::string> all;
  if (level_of(features) == SandboxLevel::kRefused) {
    all.push_back(check_level(features).error().message());
    return all;
  }
  if (features.landlock < 3) {
    all.push_back(
        "Landlock before version 3 does not judge a change of length by path; the filter of system "
        "calls refuses it to all programs: a kernel from 6.2 on");
  }
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
            "no program is run here: the kernel has no Landlock to wall it in")
          .with_hint("use Linux 5.13 or later with `landlock` among its security modules "
                     "(boot option lsm=landlock,...)"));
}

}  // namespace theater
