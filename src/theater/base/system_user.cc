#include "theater/base/system_user.h"

#include "theater/base/file_handle.h"

#include <pwd.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace theater {

namespace {

constexpr size_t kTextSizeFirst = size_t{1} << 10;
constexpr size_t kTextSizeMax = size_t{1} << 20;

// Runs getpwnam_r or getpwuid_r with enough room for the texts of the entry.
template <class Ask>
Result<std::optional<SystemUser>> look_up(const std::string& subject, Ask&& ask) {
  for (size_t size = kTextSizeFirst;; size *= 2) {
    std::vector<char> texts(size);
    passwd entry{};
    passwd* found = nullptr;
    int error = ask(&entry, texts.data(), texts.size(), &found);
    if (error == EINTR || (error == ERANGE && size < kTextSizeMax)) continue;
    if (found != nullptr) return SystemUser{found->pw_name, found->pw_uid, found->pw_gid};
    // The database says with these that it has no such entry.
    if (error == 0 || error == ENOENT || error == ESRCH) return std::optional<SystemUser>();
    return os_failure("look up the user", subject, error);
  }
}

}  // namespace

Result<SystemUser> user_named(const std::string& name) {
  if (name.find('\0') != std::string::npos) {
    return fail(ErrorCode::kNotFound, "a user's name has no NUL in it");
  }
  auto found = THEATER_TRY(look_up(name, [&](passwd* entry, char* texts, size_t size, passwd** to) {
    return ::getpwnam_r(name.c_str(), entry, texts, size, to);
  }));
  if (found) return *std::move(found);
  return fail(ErrorCode::kNotFound, "this machine has no user `{}`", name);
}

Result<std::optional<SystemUser>> user_numbered(uid_t id) {
  return look_up(std::to_string(id), [&](passwd* entry, char* texts, size_t size, passwd** to) {
    return ::getpwuid_r(id, entry, texts, size, to);
  });
}

}  // namespace theater
