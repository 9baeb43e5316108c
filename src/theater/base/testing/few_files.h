// A process that may have few files open, most of which are taken.
#pragma once

#include "theater/base/check.h"
#include "theater/base/descriptor.h"

#include <sys/eventfd.h>
#include <sys/resource.h>

#include <vector>

namespace theater {

// Lowers the limit as long as it lives. For one thread; the limit is the whole process's.
class FewFiles {
 public:
  explicit FewFiles(rlim_t limit) {
    THEATER_CHECK(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit low{limit, before_.rlim_max};
    THEATER_CHECK(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  }
  ~FewFiles() { (void)::setrlimit(RLIMIT_NOFILE, &before_); }
  FewFiles(const FewFiles&) = delete;
  FewFiles& operator=(const FewFiles&) = delete;

  // Opens files until the next one gets this number, or a higher one.
  void fill_to(int number) {
    for (;;) {
      Descriptor next(::eventfd(0, EFD_CLOEXEC));
      if (!next.open() || next.number() >= number) return;
      taken_.push_back(std::move(next));
    }
  }
  // Closes them.
  void release() { taken_.clear(); }

 private:
  rlimit before_{};
  std::vector<Descriptor> taken_;
};

}  // namespace theater
