#include "theater/runtime/granted_files.h"

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

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  std::string link() const { return "/proc/self/fd/" + std::to_string(number_); }

 private:
  int number_;
};

Failure denied(const PathPattern& asked) {
  Error error(ErrorCode::kPermissionDenied,
              fmt::format("Permission denied: filesystem:paths={};read is needed to read {}",
                          asked.text, asked.text));
  return Failure(std::move(error).with_hint(
      "the actor that spawns needs this grant, and its manifest the handler filesystem"));
}

bool allows(const Permissions& permissions, const PathPattern& path) {
  return permissions.file_system && permissions.file_system->read &&
         permissions.file_system->paths.allows(path);
}

// Where an open file really is.
Result<PathPattern> real_path(const Descriptor& file, const PathPattern& asked) {
  std::error_code error;
  fs::path real = fs::read_symlink(file.link(), error);
  if (error) return os_failure("find", asked.text, error.value());
  return PathPattern::parse(real.string(), "/");
}

}  // namespace

Result<Bytes> read_granted_file(const Permissions& permissions, const fs::path& path,
                                size_t size_max) {
  PathPattern asked = THEATER_TRY(PathPattern::parse(path.string(), ""));
  if (!allows(permissions, asked)) return denied(asked);
  // Only a name for the file: opening it so changes nothing, whatever it is.
  Descriptor named(::open(asked.text.c_str(), O_PATH | O_CLOEXEC));
  if (named.number() < 0) return os_failure("open", asked.text, errno);
  if (!allows(permissions, THEATER_TRY(real_path(named, asked)))) return denied(asked);
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
  Descriptor file(::open(named.link().c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return os_failure("open", asked.text, errno);
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
