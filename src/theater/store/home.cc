#include "theater/store/home.h"

#include "theater/base/clock.h"
#include "theater/base/descriptor.h"
#include "theater/base/file.h"
#include "theater/base/hex.h"
#include "theater/base/log.h"
#include "theater/base/printable.h"
#include "theater/base/system_user.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <utility>

namespace theater {

namespace {

constexpr size_t kLockBytesMax = 4096;
constexpr mode_t kModeBits = 07777;
constexpr mode_t kWritableByOthers = 022;
constexpr mode_t kUsableByOthers = 077;

// A user by name and number, as the user database has it.
std::string name_of_user(uid_t id) {
  auto user = user_numbered(id);
  return user && *user ? fmt::format("`{}` (uid {})", (*user)->name, id)
                       : fmt::format("uid {}", id);
}

// Overwrites what held the key, in a way that the compiler keeps.
template <class Bytes>
void wipe(Bytes& bytes) {
  ::explicit_bzero(bytes.data(), bytes.size());
}

std::string utc_now() {
  auto seconds = static_cast<std::time_t>(SystemClock().wall_us() / 1'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// Takes `label` and what follows it, up to the end of the line, off the front of `text`. Empty if
// that is not what stands there.
std::string_view take_line(std::string_view& text, std::string_view label) {
  size_t end = text.find('\n');
  if (!text.starts_with(label) || end == text.npos) return {};
  std::string_view line = text.substr(label.size(), end - label.size());
  text.remove_prefix(end + 1);
  return line;
}

// The holder of a home, as its lock file says. The holder may be about to write it, so the file may
// say anything.
std::string describe_holder(const FileHandle& lock) {
  std::array<uint8_t, kLockBytesMax> bytes;
  Result<size_t> size = lock.read_at(0, bytes);
  std::string_view text = size ? as_text(ByteView(bytes).first(*size)) : std::string_view();
  std::string_view process = take_line(text, "pid ");
  std::string_view since = take_line(text, "since ");
  std::string_view command = take_line(text, "command ");
  if (process.empty() || since.empty() || command.empty()) return "another process";
  return escape_control(fmt::format("process {} ({}, since {})", process, command, since));
}

Result<FileHandle> take_lock(const HomeLayout& layout, const std::string& command) {
  FileHandle lock = THEATER_TRY(FileHandle::open(layout.lock(), OpenMode::kCreate));
  int taken = 0;
  do
    taken = ::flock(lock.descriptor(), LOCK_EX | LOCK_NB);
  while (taken != 0 && errno == EINTR);
  if (taken != 0 && errno == EWOULDBLOCK) {
    return fail(ErrorCode::kUnavailable,
                "home {} is in use by {}; stop it, or use another home with --home",
                layout.folder.string(), describe_holder(lock));
  }
  if (taken != 0) return os_failure("lock", layout.lock(), errno);

  std::string holder =
      fmt::format("pid {}\nsince {}\ncommand {}", ::getpid(), utc_now(), escape_control(command));
  holder.resize(std::min(holder.size(), kLockBytesMax - 1));
  holder += '\n';
  THEATER_TRY_VOID(lock.write_at(0, as_bytes(holder)));
  THEATER_TRY_VOID(lock.truncate(holder.size()));
  return lock;
}

Failure not_a_key(const std::filesystem::path& path, std::string_view what) {
  return fail(ErrorCode::kCorrupt,
              "{} is not a signing key: {}; it must be 64 hexadecimal digits and a line end: "
              "restore it from a copy",
              path.string(), what);
}

Result<SigningKey> read_key(const std::filesystem::path& path) {
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kRead));
  struct stat status{};
  if (::fstat(file.descriptor(), &status) != 0) return os_failure("stat", path, errno);
  if ((status.st_mode & 077U) != 0) {
    return fail(ErrorCode::kPermissionDenied,
                "the signing key {} may be used by others (its mode is {:04o}): run `chmod 600` on "
                "it, and begin a new home if another user may have read it",
                path.string(), status.st_mode & 07777U);
  }
  constexpr size_t kSeedDigits = SigningKey::kSeedSize * 2;
  std::array<uint8_t, kSeedDigits + 1> text{};
  if (std::cmp_not_equal(status.st_size, text.size())) {
    return not_a_key(path, fmt::format("it has {} bytes", status.st_size));
  }
  THEATER_TRY_VOID(file.read_exactly_at(0, text));
  bool ended = text[kSeedDigits] == '\n';
  Result<Bytes> seed = from_hex(as_text(ByteView(text).first(kSeedDigits)));
  wipe(text);
  if (!seed) return not_a_key(path, seed.error().message());
  Result<SigningKey> key = SigningKey::from_seed(*seed);
  wipe(*seed);
  if (!ended) return not_a_key(path, "it has no line end");
  return key;
}

Result<SigningKey> make_key(const std::filesystem::path& path, Random& random) {
  THEATER_TRY_VOID(make_private_folder(path.parent_path()));
  SigningKey key = SigningKey::generate(random);
  std::string text = to_hex(key.seed()) + "\n";
  Result<void> written = write_file(path, as_bytes(text), FileMode::kPrivate);
  wipe(text);
  if (!written) return Failure(std::move(written).error());
  return key;
}

Result<SigningKey> read_or_make_key(const std::filesystem::path& path, Random& random) {
  Result<SigningKey> key = read_key(path);
  if (key || key.error().code() != ErrorCode::kNotFound) return key;
  return make_key(path, random);
}

}  // namespace

Result<void> make_home_folder(const std::filesystem::path& folder) {
  THEATER_TRY_VOID(make_private_folder(folder));
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status{};
  if (!opened.open() || ::fstat(opened.number(), &status) != 0)
    return os_failure("open the folder", folder, errno);
  if (status.st_uid != ::geteuid()) {
    Error error(
        ErrorCode::kPermissionDenied,
        fmt::format("the home {} belongs to {}, who could change whatever a node keeps "
                    "there, and this process runs as {}",
                    folder.string(), name_of_user(status.st_uid), name_of_user(::geteuid())));
    return Failure(
        std::move(error).with_hint("run as the owner, name another home with --home, or have the "
                                   "owner give it to this user with `chown -R`"));
  }
  mode_t mode = status.st_mode & kModeBits;
  if ((mode & kWritableByOthers) != 0) {
    Error error(ErrorCode::kPermissionDenied,
                fmt::format("other users may change the home {} (its mode is {:04o})",
                            folder.string(), mode));
    return Failure(std::move(error).with_hint(
        "if no other user has changed it, run `chmod 700` on it; otherwise begin a new home"));
  }
  if ((mode & kUsableByOthers) == 0) return {};
  if (::fchmod(opened.number(), mode & ~kUsableByOthers) != 0)
    return os_failure("set the mode of", folder, errno);
  log_line(LogLevel::kWarn, {.actor = {}, .part = "home"},
           "other users could read the home {} (its mode was {:04o}); its mode is now {:04o}",
           folder.string(), mode, mode & ~kUsableByOthers);
  return {};
}

Result<std::unique_ptr<Home>> Home::open(const std::filesystem::path& folder, Random& random,
                                         const std::string& command) {
  HomeLayout layout{folder};
  THEATER_TRY_VOID(make_home_folder(folder));
  FileHandle lock = THEATER_TRY(take_lock(layout, command));
  SigningKey key = THEATER_TRY(read_or_make_key(layout.key(), random));
  // What an earlier process put here, before it was killed, may have names that do not last yet.
  THEATER_TRY_VOID(sync_folder(layout.key().parent_path()));
  THEATER_TRY_VOID(sync_folder(folder));
  return std::unique_ptr<Home>(
      new Home(std::move(layout), std::move(lock), key));  // tidy: owned by the unique_ptr
}

Result<SigningKey> read_node_key(const HomeLayout& home) {
  return read_key(home.key());
}

std::filesystem::path home_folder(const std::filesystem::path& given) {
  if (!given.empty()) return given;
  const char* from_environment = std::getenv("THEATER_HOME");
  if (from_environment != nullptr && *from_environment != '\0') return from_environment;
  return std::filesystem::path(".") / ".theater";
}

}  // namespace theater
