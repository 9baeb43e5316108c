#include "theater/handlers/filesystem/folder_removal.h"

#include "theater/base/file_handle.h"
#include "theater/handlers/filesystem/file_operations.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

namespace theater {

namespace {

constexpr int kRoundsMax = 10;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// A folder that is being emptied.
struct Level {
  std::unique_ptr<DIR, CloseFolder> folder;
  std::string name;  // In the folder above.
  int rounds = 0;

  int number() const { return ::dirfd(folder.get()); }
};

class FolderRemoval {
 public:
  FolderRemoval(std::string_view path, const std::atomic<bool>& cancelled)
      : path_(path), cancelled_(cancelled) {}

  Result<void> run(int above, const std::string& name) {
    THEATER_TRY_VOID(enter(above, name));
    while (!levels_.empty()) {
      if (cancelled_.load(std::memory_order_relaxed)) {
        return fail(ErrorCode::kCancelled, "cannot delete all of `{}`: the actor is gone", path_);
      }
      THEATER_TRY_VOID(step(above));
    }
    return {};
  }

 private:
  // Deletes the next name of the innermost folder, or that folder once it is empty.
  Result<void> step(int above) {
    errno = 0;
    dirent* entry = ::readdir(levels_.back().folder.get());
    if (entry == nullptr && errno != 0) return failure(errno);
    if (entry == nullptr) return leave(above);
    std::string name = entry->d_name;
    if (name == "." || name == "..") return {};
    int folder = levels_.back().number();
    if (::unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return failure(errno);
    return enter(folder, name);
  }

  Result<void> enter(int above, const std::string& name) {
    if (levels_.size() == kRemovedDepthMax) {
      return fail(ErrorCode::kResourceExhausted,
                  "cannot delete all of `{}`: its folders are nested deeper than {}; delete the "
                  "inner ones first",
                  path_, kRemovedDepthMax);
    }
    Descriptor opened(
        ::openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened.open() && levels_.empty() && (errno == ENOTDIR || errno == ELOOP)) {
      return fail(ErrorCode::kInvalidArgument, "`{}` is not a folder", path_);
    }
    if (!opened.open()) return failure(errno);
    Level level{std::unique_ptr<DIR, CloseFolder>(::fdopendir(opened.number())), name};
    if (!level.folder) return failure(errno);
    opened.release();
    levels_.push_back(std::move(level));
    return {};
  }

  Result<void> leave(int above) {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    int folder = levels_.empty() ? above : levels_.back().number();
    if (::unlinkat(folder, level.name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
    // A listing may miss names while others are deleted, or a program has made new ones.
    bool again = (errno == ENOTEMPTY || errno == EEXIST) && ++level.rounds < kRoundsMax;
    if (!again) return failure(errno);
    ::rewinddir(level.folder.get());
    levels_.push_back(std::move(level));
    return {};
  }

  Failure failure(int error) const { return os_failure("delete all of", path_, error); }

  std::string path_;
  const std::atomic<bool>& cancelled_;
  std::vector<Level> levels_;
};

}  // namespace

Result<void> remove_folder(const FileAccess& access, std::string_view path,
                           const std::atomic<bool>& cancelled) {
  FilePlace place = THEATER_TRY(access.place(without_end_slashes(path), FileRight::kWrite));
  THEATER_TRY_VOID(access.check_all_below(place, FileRight::kWrite));
  THEATER_TRY_VOID(FolderRemoval(path, cancelled).run(place.folder.number(), place.name));
  return sync_names(place);
}

}  // namespace theater
