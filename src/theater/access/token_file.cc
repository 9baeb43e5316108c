#include "theater/access/token_file.h"

#include "theater/base/clock.h"
#include "theater/base/file.h"
#include "theater/base/file_handle.h"

#include <nlohmann/json.hpp>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace theater {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr size_t kFileBytesMax = size_t{8} << 20;
constexpr auto kLockWait = std::chrono::seconds(5);
constexpr auto kLockPoll = std::chrono::milliseconds(5);

Json to_json(const Token& token) {
  Json json = {{"digest", token.digest.to_string()}, {"scope", scope_name(token.scope)}};
  if (token.subtree) json["subtree"] = token.subtree->to_string();
  if (!token.name.empty()) json["name"] = token.name;
  json["created_us"] = token.created_us;
  if (token.expires_us) json["expires_us"] = *token.expires_us;
  return json;
}

Result<std::string> text_of(const Json& json, const std::string& key) {
  auto found = json.find(key);
  if (found == json.end() || !found->is_string())
    return fail(ErrorCode::kCorrupt, "`{}` is no text", key);
  return found->get<std::string>();
}

Result<uint64_t> time_of(const Json& json, const std::string& key) {
  auto found = json.find(key);
  if (found == json.end() || !found->is_number_unsigned())
    return fail(ErrorCode::kCorrupt, "`{}` is no time", key);
  return found->get<uint64_t>();
}

// A right that is not understood must not be a wider one, so no key is ignored.
Result<void> check_keys(const Json& json) {
  for (const auto& [key, value] : json.items()) {
    bool is_known = key == "digest" || key == "scope" || key == "subtree" || key == "name" ||
                    key == "created_us" || key == "expires_us";
    if (!is_known) return fail(ErrorCode::kCorrupt, "unknown key `{}`", key);
  }
  return {};
}

Result<Token> read_token(const Json& json) {
  if (!json.is_object()) return fail(ErrorCode::kCorrupt, "a token is no object");
  THEATER_TRY_VOID(check_keys(json));
  Token token;
  std::string digest = THEATER_TRY(text_of(json, "digest"));
  token.digest = THEATER_TRY(Hash::parse(digest));
  std::string scope = THEATER_TRY(text_of(json, "scope"));
  token.scope = THEATER_TRY(parse_scope(scope));
  token.created_us = THEATER_TRY(time_of(json, "created_us"));
  if (json.contains("subtree")) {
    std::string subtree = THEATER_TRY(text_of(json, "subtree"));
    token.subtree = THEATER_TRY(ActorId::parse(subtree));
  }
  if (json.contains("expires_us")) token.expires_us = THEATER_TRY(time_of(json, "expires_us"));
  if (json.contains("name")) {
    token.name = THEATER_TRY(text_of(json, "name"));
    THEATER_TRY_VOID(check_token_name(token.name));
  }
  return token;
}

Result<std::vector<Token>> read_list(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("version") || !json.contains("tokens") ||
      !json["tokens"].is_array()) {
    return fail(ErrorCode::kCorrupt, "it is no JSON object with `version` and `tokens`");
  }
  if (json["version"] != kVersion) {
    return fail(ErrorCode::kUnsupported, "its version is {}, and this program knows {}",
                json["version"].dump(), kVersion);
  }
  if (json["tokens"].size() > kTokensMax)
    return fail(ErrorCode::kCorrupt, "it has more than {} tokens", kTokensMax);
  std::vector<Token> tokens;
  for (const Json& one : json["tokens"]) {
    Result<Token> token = read_token(one);
    if (!token) {
      return fail(ErrorCode::kCorrupt, "token {}: {}", tokens.size() + 1, token.error().message());
    }
    tokens.push_back(*std::move(token));
  }
  return tokens;
}

Failure with_advice(Error error, const std::filesystem::path& path) {
  return Failure(std::move(error)
                     .with_context(path.string())
                     .with_hint(fmt::format(
                         "restore it from a copy, or remove it, which revokes every token")));
}

// Only the owner may write or read it: a digest is no secret, but a list of rights is.
Result<void> check_mode(const FileHandle& file) {
  struct stat status{};
  if (::fstat(file.descriptor(), &status) != 0) return os_failure("stat", file.path(), errno);
  if (status.st_uid != ::geteuid()) {
    return fail(ErrorCode::kPermissionDenied, "{} belongs to another user (its uid is {})",
                file.path().string(), status.st_uid);
  }
  if ((status.st_mode & 077U) == 0) return {};
  return Failure(Error(ErrorCode::kPermissionDenied,
                       fmt::format("{} may be used by others (its mode is {:04o})",
                                   file.path().string(), status.st_mode & 07777U))
                     .with_hint("`chmod 600` it, and revoke the tokens that you do not know"));
}

Result<FileHandle> take_lock(const std::filesystem::path& path) {
  FileHandle lock = THEATER_TRY(FileHandle::open(path, OpenMode::kCreate));
  auto began = monotonic_now();
  while (::flock(lock.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return os_failure("lock", path, errno);
    if (monotonic_now() - began >= kLockWait) {
      return fail(ErrorCode::kUnavailable, "another process keeps the lock {}", path.string());
    }
    std::this_thread::sleep_for(kLockPoll);
  }
  return lock;
}

// A process that was killed during a write leaves a file next to the tokens.
void remove_unfinished(const std::filesystem::path& path) {
  std::string prefix = path.filename().string() + ".tmp-";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path(), error)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    std::error_code ignored;
    std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

Result<std::vector<Token>> read_tokens(const HomeLayout& home) {
  Result<FileHandle> file = FileHandle::open(home.tokens(), OpenMode::kRead);
  if (!file && file.error().code() == ErrorCode::kNotFound) return std::vector<Token>();
  if (!file) return Failure(std::move(file).error());
  THEATER_TRY_VOID(check_mode(*file));
  uint64_t size = THEATER_TRY(file->size());
  if (size > kFileBytesMax) {
    return with_advice(Error(ErrorCode::kCorrupt, fmt::format("it has {} bytes", size)),
                       home.tokens());
  }
  Bytes bytes(static_cast<size_t>(size));
  THEATER_TRY_VOID(file->read_exactly_at(0, bytes));
  Result<std::vector<Token>> tokens = read_list(as_text(bytes));
  if (!tokens) return with_advice(std::move(tokens).error(), home.tokens());
  return tokens;
}

Result<void> change_tokens(const HomeLayout& home, const TokenChange& change) {
  THEATER_TRY_VOID(make_home_folder(home.folder));
  FileHandle lock = THEATER_TRY(take_lock(home.tokens_lock()));
  std::vector<Token> tokens = THEATER_TRY(read_tokens(home));
  THEATER_TRY_VOID(change(tokens));
  remove_unfinished(home.tokens());
  Json list = Json::array();
  for (const Token& token : tokens)
    list.push_back(to_json(token));
  Json json = {{"version", kVersion}, {"tokens", std::move(list)}};
  std::string text = json.dump(1) + "\n";
  return write_file(home.tokens(), as_bytes(text), FileMode::kPrivate);
}

}  // namespace theater
