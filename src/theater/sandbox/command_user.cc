#include "theater/sandbox/command_user.h"

#include "theater/base/beneath_root.h"
#include "theater/base/file_handle.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace theater {

namespace {

Result<std::string> name_of(uid_t id) {
  std::optional<SystemUser> user = THEATER_TRY(user_numbered(id));
  return user ? std::move(user->name) : std::to_string(id);
}

Failure refusal(std::string message, std::string_view hint) {
  return Failure(
      Error(ErrorCode::kPermissionDenied, std::move(message)).with_hint(std::string(hint)));
}

Result<SystemUser> owner_of(const Descriptor& folder) {
  std::string where = THEATER_TRY(BeneathRoot::where(folder));
  struct stat status{};
  if (::fstat(folder.number(), &status) != 0) return os_failure("look at", where, errno);
  constexpr std::string_view kHint =
      "give the folder to another user with chown, or name one in the policy file: run_as = "
      "\"USER\" below [commands]";
  if (status.st_uid == 0) {
    return refusal(fmt::format("commands never run as root, and the node is root and the folder "
                               "{} belongs to root",
                               where),
                   kHint);
  }
  std::optional<SystemUser> owner = THEATER_TRY(user_numbered(status.st_uid));
  if (!owner) {
    owner = SystemUser{std::to_string(status.st_uid), status.st_uid, status.st_gid};
  }
  if (owner->group != 0) return *std::move(owner);
  return refusal(
      fmt::format("commands never run in the group of root, and that is the group of {}, "
                  "the owner of the folder {}",
                  owner->name, where),
      kHint);
}

}  // namespace

Result<std::optional<SystemUser>> command_user(const Descriptor& folder,
                                               const std::optional<SystemUser>& chosen) {
  uid_t self = ::geteuid();
  if (self != 0 && (!chosen || chosen->id == self)) return std::optional<SystemUser>();
  if (self != 0) {
    return refusal(fmt::format("the policy lets commands run as {}, and the node, which is {}, "
                               "cannot become another user",
                               chosen->name, THEATER_TRY(name_of(self))),
                   fmt::format("start the node as root or as {}, or take `run_as` out of the "
                               "policy file",
                               chosen->name));
  }
  if (chosen) return chosen;
  return owner_of(folder);
}

}  // namespace theater
