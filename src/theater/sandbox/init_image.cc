#include "theater/sandbox/init_image.h"

#include "theater/base/file_handle.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

// The build puts the program there (CMakeLists.txt).
extern "C" {
extern const char theater_sandbox_init_begin[];
extern const char theater_sandbox_init_end[];
}

namespace theater {

namespace {

Result<Descriptor> make_image() {
  Descriptor made(::memfd_create("sandbox-init", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  // Connecting the standard ones in the new process must not overwrite it.
  Descriptor file(made.open() ? ::fcntl(made.number(), F_DUPFD_CLOEXEC, 3) : -1);
  auto size = static_cast<size_t>(theater_sandbox_init_end - theater_sandbox_init_begin);
  for (size_t done = 0; file.open() && done < size;) {
    ssize_t written = ::write(file.number(), theater_sandbox_init_begin + done, size - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) file.reset();
    done += static_cast<size_t>(written);
  }
  constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (!file.open() || ::fcntl(file.number(), F_ADD_SEALS, kSeals) != 0)
    return os_failure("make a file in memory for", "a sandbox", errno);
  return file;
}

}  // namespace

Result<const Descriptor*> init_image() {
  static const Result<Descriptor> image = make_image();
  if (!image) return Failure(image.error());
  return &*image;
}

}  // namespace theater
