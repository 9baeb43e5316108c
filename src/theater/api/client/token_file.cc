#include "theater/api/client/token_file.h"

#include "theater/base/bytes.h"
#include "theater/base/file_handle.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace theater::api {

namespace {

constexpr uint64_t kTokenFileBytesMax = uint64_t{1} << 20;

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Result<std::string> read_private_text(const std::filesystem::path& path) {
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kRead));
  struct stat status{};
  if (::fstat(file.descriptor(), &status) != 0) return os_failure("stat", path, errno);
  if (status.st_uid != ::geteuid()) {
    return fail(ErrorCode::kPermissionDenied, "the file of tokens {} belongs to user {}",
                path.string(), status.st_uid);
  }
  if ((status.st_mode & 077U) != 0) {
    return Failure(
        Error(ErrorCode::kPermissionDenied,
              fmt::format("other users may use the file of tokens {} (its mode is {:04o})",
                          path.string(), status.st_mode & 07777U))
            .with_hint("run `chmod 600` on it, and revoke the tokens that others may have read"));
  }
  uint64_t size = THEATER_TRY(file.size());
  if (size > kTokenFileBytesMax) {
    return fail(ErrorCode::kInvalidArgument, "the file of tokens {} is larger than {} bytes",
                path.string(), kTokenFileBytesMax);
  }
  Bytes bytes(size);
  THEATER_TRY_VOID(file.read_exactly_at(0, bytes));
  return std::string(as_text(bytes));
}

// Takes the word at the front of `line` off it.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t\r")));
  std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::filesystem::path token_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && *config == '/') return std::filesystem::path(config) / "theater/tokens";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return std::filesystem::path(home) / ".config/theater/tokens";
}

Result<std::string> read_token(const std::filesystem::path& file, std::string_view origin) {
  Result<std::string> text = read_private_text(file);
  if (!text && text.error().code() == ErrorCode::kNotFound) return std::string();
  if (!text) return text;
  std::string_view rest = *text;
  for (size_t number = 1; !rest.empty(); ++number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    std::string_view name = take_word(line);
    if (name.empty() || name.front() == '#') continue;
    std::string_view token = take_word(line);
    // The message quotes nothing, because the line may hold a token.
    if (!is_token(token) || !take_word(line).empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  "{}:{}: a line has the origin of a server, a space, and a token", file.string(),
                  number);
    }
    if (name == origin) return std::string(token);
  }
  return std::string();
}

Result<std::string> find_token(const ServerAddress& address) {
  if (!address.home.empty()) return std::string();
  const char* variable = std::getenv("THEATER_TOKEN");
  std::string token = variable == nullptr ? "" : variable;
  if (token.empty()) {
    std::filesystem::path file = token_file();
    if (!file.empty()) token = THEATER_TRY(read_token(file, address.origin()));
  } else if (!is_token(token)) {
    return fail(ErrorCode::kInvalidArgument,
                "$THEATER_TOKEN is no token: it has spaces or control characters");
  }
  if (!token.empty() && !address.is_private()) {
    return Failure(Error(ErrorCode::kPermissionDenied,
                         fmt::format("the token for {} was not sent: others could read it on the "
                                     "way, because plain HTTP is not encrypted",
                                     address.origin()))
                       .with_hint("use https://, or a tunnel to a loopback address"));
  }
  return token;
}

}  // namespace theater::api
