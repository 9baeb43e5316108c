#include "theater/base/open_files.h"

#include <sys/resource.h>

namespace theater {

uint64_t raise_open_files_limit() {
  // What any system gives, if this one does not say.
  constexpr uint64_t kUsual = 1024;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return kUsual;
  rlimit raised{files.rlim_max, files.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : files.rlim_cur;
}

}  // namespace theater
