#include "theater/runtime/granted_files.h"

#include "theater/base/beneath_root.h"
#include "theater/base/file_handle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace theater {

namespace {

namespace fs = std::filesystem;

Failure denied(const PathPattern& asked, const LackingParties& lacking) {
  std::string grant = fmt::format("filesystem:paths={};read", asked.text);
  Error error(ErrorCode::kPermissionDenied,
              fmt::format("Permission denied: {} is needed to read {}", grant, asked.text));
  return Failure(std::move(error).with_hint(denied_reading_hint(grant, "filesystem", lacking)));
}

bool allows(const Permissions& permissions, std::string_view path) {
  return permissions.file_system && permissions.file_system->read &&
         permissions.file_system->reaches(path);
}

}  // namespace

Result<Bytes> read_granted_file(const Permissions& permissions, const fs::path& path,
                                size_t size_max, const LackingParties& lacking) {
  PathPattern asked = THEATER_TRY(PathPattern::parse(path.string(), ""));
  if (!allows(permissions, asked.text)) return denied(asked, lacking);
  // Only a name for the file: opening it so changes nothing, whatever it is.
  Descriptor named(::open(asked.text.c_str(), O_PATH | O_CLOEXEC));
  if (!named.open()) return os_failure("open", asked.text, errno);
  if (!allows(permissions, THEATER_TRY(BeneathRoot::where(named)))) return denied(asked, lacking);
  struct stat facts{};
  if (::fstat(named.number(), &facts) != 0) return os_failure("look at", asked.text, errno);
  if (!S_ISREG(facts.st_mode)) {
    return fail(ErrorCode::kInvalidArgument, "{} is not a regular file", asked.text);
  }
  auto size = static_cast<uint64_t>(facts.st_size);
  if (size > size_max) {
    return fail(ErrorCode::kResourceExhausted, "{} has {} bytes; at most {} are read", asked.text,
                size, size_max);
  }
  Descriptor file = THEATER_TRY(reopen(named, O_RDONLY, asked.text));
  Bytes bytes(static_cast<size_t>(size));
  size_t filled = 0;
  while (filled < bytes.size()) {
    ssize_t got = ::read(file.number(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_failure("read", asked.text, errno);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace theater
