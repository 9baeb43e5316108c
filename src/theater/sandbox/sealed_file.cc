#include "theater/sandbox/sealed_file.h"

#include "theater/base/file_handle.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace theater {

Result<Descriptor> seal_file(const std::string& name, ByteView content) {
  constexpr size_t kNameBytesMax = 200;  // The kernel takes 249.
  std::string shown = name.substr(0, kNameBytesMax);
  Descriptor made(::memfd_create(shown.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  // Connecting the standard ones in the new process must not overwrite it.
  Descriptor file(made.open() ? ::fcntl(made.number(), F_DUPFD_CLOEXEC, 3) : -1);
  for (size_t done = 0; file.open() && done < content.size();) {
    ssize_t written = ::write(file.number(), content.data() + done, content.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_failure("make a file in memory for", name, errno);
    done += static_cast<size_t>(written);
  }
  constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (!file.open() || ::fcntl(file.number(), F_ADD_SEALS, kSeals) != 0)
    return os_failure("make a file in memory for", name, errno);
  return file;
}

Result<Descriptor> seal_program(const std::string& path, std::span<const Hash> digests) {
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kReadThroughLink));
  struct stat facts{};
  if (::fstat(file.descriptor(), &facts) != 0) return os_failure("look at", path, errno);
  constexpr mode_t kForAll = S_IROTH | S_IXOTH;
  if ((facts.st_mode & kForAll) != kForAll) {
    return fail(
        ErrorCode::kPermissionDenied,
        "cannot run {}: a program that is bound to a digest must be readable and executable "
        "for all users",
        path);
  }
  if (static_cast<uint64_t>(facts.st_size) > kSealedProgramMax) {
    return fail(ErrorCode::kUnsupported,
                "cannot run {}: it has {} bytes, and a program that is bound to a digest has at "
                "most {}",
                path, facts.st_size, kSealedProgramMax);
  }
  Bytes content(static_cast<size_t>(facts.st_size));
  THEATER_TRY_VOID(file.read_exactly_at(0, content));
  Hash digest = sha256(content);
  if (std::find(digests.begin(), digests.end(), digest) == digests.end()) {
    return fail(ErrorCode::kPermissionDenied,
                "cannot run {}: its digest is sha256={}, and the operator's grant binds it to "
                "another one",
                path, digest.to_string());
  }
  if (content.size() >= 2 && content[0] == '#' && content[1] == '!') {
    return fail(ErrorCode::kUnsupported,
                "cannot run {}: it is a script, and a digest does not cover its interpreter", path);
  }
  return seal_file(path, content);
}

}  // namespace theater
