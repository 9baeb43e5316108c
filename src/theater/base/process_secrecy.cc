#include "theater/base/process_secrecy.h"

#include "theater/base/file_handle.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>

namespace theater {

Result<void> hide_process() {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return os_failure("hide", "this process", errno);
  rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return os_failure("forbid", "core dumps", errno);
  return {};
}

}  // namespace theater
