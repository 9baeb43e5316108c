#include "theater/sandbox/command_privileges.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace theater {

namespace {

constexpr rlim_t kOpenFilesMax = 4096;
constexpr unsigned kCapabilitiesMax = 64;  // The kernel has fewer.

bool limit(__rlimit_resource which, rlim_t usual, rlim_t most) {
  rlimit now{};
  if (::getrlimit(which, &now) != 0) return false;
  rlimit wanted{std::min(now.rlim_cur, usual), std::min(now.rlim_max, most)};
  return ::setrlimit(which, &wanted) == 0;
}

}  // namespace

bool limit_resources(uint64_t file_size_max) {
  return limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_FSIZE, file_size_max, file_size_max) &&
         limit(RLIMIT_NOFILE, FD_SETSIZE, kOpenFilesMax) &&
         limit(RLIMIT_NPROC, kUserProcessesMax, kUserProcessesMax) &&
         limit(RLIMIT_DATA, kProcessDataMax, kProcessDataMax);
}

void empty_bounding_set() {
  for (unsigned capability = 0; capability < kCapabilitiesMax; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return;
  }
}

bool become_user(const SystemUser& user) {
  if (::syscall(SYS_setgroups, 0, nullptr) != 0) return false;
  if (::syscall(SYS_setresgid, user.group, user.group, user.group) != 0) return false;
  if (::syscall(SYS_setresuid, user.id, user.id, user.id) != 0) return false;
  // The kernel has done it already unless the machine's suid_dumpable is 1.
  return ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

bool drop_capabilities() {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return false;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  return ::syscall(SYS_capset, &header, none.data()) == 0;
}

}  // namespace theater
