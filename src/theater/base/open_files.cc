#include "theater/base/open_files.h"

#include "theater/base/descriptor.h"

#include <fmt/format.h>

#include <sys/eventfd.h>
#include <sys/resource.h>

namespace theater {

namespace {

// What any system gives, if this one does not say.
constexpr uint64_t kUsualLimit = 1024;

uint64_t open_files_limit() {
  rlimit files{};
  return ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : kUsualLimit;
}

// Of all files, the part that others than this holder have for themselves.
uint64_t part_kept_from(FileHolder holder) {
  switch (holder) {
    case FileHolder::kGuest:
      return 4;
    case FileHolder::kClient:
      return 8;
    case FileHolder::kOwner:
      break;
  }
  return 16;
}

}  // namespace

uint64_t raise_open_files_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return kUsualLimit;
  rlimit raised{files.rlim_max, files.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : files.rlim_cur;
}

bool has_file_room(int number, FileHolder holder) {
  uint64_t limit = open_files_limit();
  return number >= 0 && static_cast<uint64_t>(number) < limit - limit / part_kept_from(holder);
}

Result<void> check_file_room(FileHolder holder) {
  // Any file does.
  Descriptor probe(::eventfd(0, EFD_CLOEXEC));
  if (has_file_room(probe.number(), holder)) return {};
  return Failure(
      Error(ErrorCode::kResourceExhausted,
            fmt::format("the node has no file left for it: it may have {} open, and keeps some of "
                        "them for its log and its clients; try again later",
                        open_files_limit()))
          .with_hint("raise the limit: `ulimit -Hn`, or LimitNOFILE= of the systemd unit"));
}

}  // namespace theater
