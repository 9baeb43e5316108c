#include "theater/base/file.h"

#include "theater/base/hex.h"
#include "theater/base/random.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace theater {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

Failure io_failure(std::string_view doing, const std::filesystem::path& path, int error) {
  ErrorCode code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return fail(code, "cannot {} {}: {}", doing, path.string(), std::strerror(error));
}

}  // namespace

Result<Bytes> read_file(const std::filesystem::path& path, size_t size_max) {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return io_failure("open", path, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return io_failure("stat", path, errno);
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalidArgument, "{} is not a regular file", path.string());
  }
  auto size = static_cast<size_t>(status.st_size);
  Bytes bytes;
  // A file in /proc says that it is empty, and any file may grow while it is read.
  for (;;) {
    size_t chunk = std::max<size_t>(size > bytes.size() ? size - bytes.size() : 0, 4096);
    size_t old_size = bytes.size();
    bytes.resize(old_size + chunk);
    ssize_t got = ::read(file.get(), bytes.data() + old_size, chunk);
    if (got < 0 && errno == EINTR)
      got = 0;
    else if (got < 0)
      return io_failure("read", path, errno);
    else if (got == 0) {
      bytes.resize(old_size);
      return bytes;
    }
    bytes.resize(old_size + static_cast<size_t>(got));
    if (bytes.size() > size_max) {
      return fail(ErrorCode::kResourceExhausted, "{} is larger than the {} bytes allowed here",
                  path.string(), size_max);
    }
  }
}

Result<std::string> read_text_file(const std::filesystem::path& path, size_t size_max) {
  Bytes bytes = THEATER_TRY(read_file(path, size_max));
  return std::string(as_text(bytes));
}

Result<void> write_file(const std::filesystem::path& path, ByteView bytes, FileMode mode) {
  OsRandom random;
  std::array<uint8_t, 8> salt{};
  random.fill(salt);
  std::filesystem::path temporary = path;
  temporary += ".tmp-" + to_hex(salt);
  {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                           static_cast<mode_t>(mode)));
    if (!file.valid()) return io_failure("create", temporary, errno);
    ByteView rest = bytes;
    int error = 0;
    while (!rest.empty() && error == 0) {
      ssize_t written = ::write(file.get(), rest.data(), rest.size());
      if (written >= 0)
        rest = rest.subspan(static_cast<size_t>(written));
      else if (errno != EINTR)
        error = errno;
    }
    if (error == 0 && ::fsync(file.get()) != 0) error = errno;
    if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
    if (error != 0) {
      ::unlink(temporary.c_str());
      return io_failure("write", path, error);
    }
  }
  std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) return io_failure("sync", folder, errno);
  return {};
}

}  // namespace theater
