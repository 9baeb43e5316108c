#include "theater/sandbox/init/init_root.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>

namespace theater::init {

namespace {

// The new root is mounted here while it is filled. Nothing is bound from there, and what this hides
// is the old root's.
constexpr const char* kBase = "/proc";
constexpr mode_t kFolderMode = 0755;

struct Path {
  char text[PATH_MAX + 16];

  explicit Path(const char* path) { std::snprintf(text, sizeof text, "%s%s", kBase, path); }

  // A part that is there already needs none; a failure shows when the path is used.
  void make_parents() {
    for (char* at = std::strchr(text + std::strlen(kBase) + 1, '/'); at != nullptr;
         at = std::strchr(at + 1, '/')) {
      *at = '\0';
      ::mkdir(text, kFolderMode);
      *at = '/';
    }
  }
  void make_folder() {
    make_parents();
    ::mkdir(text, kFolderMode);
  }
  void make_file() {
    make_parents();
    int file = ::open(text, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0444);
    if (file >= 0) ::close(file);
  }
};

}  // namespace

void Root::open() const {
  ::umask(022);
  // What is mounted here must not show outside.
  channel_.check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0,
                 "keep its mounts to itself");
  channel_.check(::mount("tmpfs", kBase, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m") == 0,
                 "mount a new root");
}

void Root::make_folder(const char* path) const {
  Path(path).make_folder();
}

void Root::make_link(const char* target, const char* path) const {
  Path place(path);
  place.make_parents();
  channel_.check(::symlink(target, place.text) == 0 || errno == EEXIST, "link", path);
}

void Root::bind(uint64_t flags, uint64_t device, uint64_t inode, const char* source,
                const char* path) const {
  unsigned recursive = (flags & (kBindAlone | kBindFile)) != 0 ? 0u : unsigned{AT_RECURSIVE};
  int tree = ::open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);
  channel_.check(tree >= 0, "open", source);
  if (inode != 0) {
    // The path may lead elsewhere since the node has opened it.
    struct stat status{};
    channel_.check(::fstat(tree, &status) == 0, "look at", source);
    if (status.st_dev != device || status.st_ino != inode) errno = ESTALE;
    channel_.check(status.st_dev == device && status.st_ino == inode, "find again", source);
  }
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_NOSUID;
  if ((flags & kBindDevice) == 0) attributes.attr_set |= MOUNT_ATTR_NODEV;
  if ((flags & kBindReadOnly) != 0) attributes.attr_set |= MOUNT_ATTR_RDONLY;
  if ((flags & kBindNoExecute) != 0) attributes.attr_set |= MOUNT_ATTR_NOEXEC;
  channel_.check(
      ::mount_setattr(tree, "", AT_EMPTY_PATH | recursive, &attributes, sizeof attributes) == 0,
      "restrict", source);
  Path place(path);
  (flags & kBindFile) != 0 ? place.make_file() : place.make_folder();
  channel_.check(::move_mount(tree, "", AT_FDCWD, place.text, MOVE_MOUNT_F_EMPTY_PATH) == 0,
                 "mount", path);
  ::close(tree);
}

void Root::mount_temporary(const char* options, const char* path) const {
  Path place(path);
  place.make_folder();
  channel_.check(::mount("tmpfs", place.text, "tmpfs", MS_NOSUID | MS_NODEV, options) == 0, "mount",
                 path);
}

void Root::mount_processes(const char* path) const {
  Path place(path);
  place.make_folder();
  channel_.check(
      ::mount("proc", place.text, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid") == 0,
      "mount", path);
}

void Root::enter() const {
  channel_.check(::chdir(kBase) == 0, "enter its root");
  // The old root comes to lie upon the new one, and is taken off there.
  channel_.check(::syscall(SYS_pivot_root, ".", ".") == 0, "change its root");
  channel_.check(::umount2(".", MNT_DETACH) == 0, "leave the machine's root");
  channel_.check(::chdir("/") == 0, "enter its root");
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  channel_.check(::mount_setattr(AT_FDCWD, "/", 0, &attributes, sizeof attributes) == 0,
                 "keep its root as it is");
}

}  // namespace theater::init
