#include "theater/sandbox/command_sandbox.h"

#include "theater/base/beneath_root.h"
#include "theater/base/file_handle.h"
#include "theater/sandbox/descriptor_channel.h"
#include "theater/sandbox/system_calls.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace theater {

namespace {

// Definitions of linux/landlock.h that the oldest supported build machine lacks.
struct Ruleset {
  uint64_t handled_files = 0;
  uint64_t handled_network = 0;
  uint64_t scoped = 0;
};
constexpr uint64_t kRefer = 1u << 13;        // Version 2.
constexpr uint64_t kTruncate = 1u << 14;     // Version 3.
constexpr uint64_t kDeviceIoctl = 1u << 15;  // Version 5.
constexpr uint64_t kScopes = 3;              // Version 6: abstract sockets, signals.

constexpr uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr uint64_t kWriteFile = LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr uint64_t kRead = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kExecute = LANDLOCK_ACCESS_FS_EXECUTE;
constexpr uint64_t kRightsOfFiles = kReadFile | kWriteFile | kExecute | kTruncate | kDeviceIoctl;
constexpr uint64_t kFirstRights = (1u << 13) - 1;
// A command makes no devices, and executes nothing that it wrote.
constexpr uint64_t kWrite = kWriteFile | kTruncate | kRefer | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM |
                            LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SOCK;

struct SystemPath {
  const char* path;
  uint64_t rights;
};
constexpr SystemPath kSystemPaths[] = {
    {"/usr", kRead | kExecute},
    {"/bin", kRead | kExecute},
    {"/sbin", kRead | kExecute},
    {"/lib", kRead | kExecute},
    {"/lib32", kRead | kExecute},
    {"/lib64", kRead | kExecute},
    {"/nix", kRead | kExecute},
    {"/dev/null", kReadFile | kWriteFile | kTruncate},
    {"/dev/full", kReadFile | kWriteFile | kTruncate},
    {"/dev/zero", kReadFile},
    {"/dev/random", kReadFile},
    {"/dev/urandom", kReadFile},
};

// What everyday programs read of /etc, as patterns of glob(7). Each is public on every machine: no
// passwords, no keys, nothing about the network.
constexpr const char* kSettings[] = {
    // The dynamic loader.
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload",
    // Names of users and groups, the time zone, terminals.
    "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/localtime", "/etc/timezone",
    "/etc/locale.alias", "/etc/terminfo",
    // The name of the system.
    "/etc/os-release", "/etc/debian_version",
    // Single programs: git, python3, perl, file, cp, and those that use OpenSSL.
    "/etc/gitconfig", "/etc/python3*", "/etc/perl", "/etc/magic", "/etc/magic.mime",
    "/etc/mime.types", "/etc/xattr.conf", "/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf",
    "/etc/alternatives"};

Result<void> allow(const Descriptor& rules, const Descriptor& path, uint64_t rights) {
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = path.number();
  if (::syscall(SYS_landlock_add_rule, rules.number(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0) {
    return {};
  }
  return fail(ErrorCode::kIo, "cannot add a rule to a command's wall: errno {}", errno);
}

// Opens `path` and grants `rights` there. A missing path needs no rule.
Result<void> allow_path(const Descriptor& rules, const std::string& path, uint64_t rights,
                        const std::string& home) {
  Descriptor opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!opened.open()) return {};
  std::string where = THEATER_TRY(BeneathRoot::where(opened));
  if (!home.empty() && (holds_path(where, home) || holds_path(home, where))) {
    return fail(ErrorCode::kPermissionDenied,
                "a command would reach the node's home {} by {}; move the home", home, where);
  }
  struct stat status{};
  if (::fstat(opened.number(), &status) != 0) return os_failure("look at", where, errno);
  return allow(rules, opened, S_ISDIR(status.st_mode) ? rights : rights & kRightsOfFiles);
}

// The paths that match; none is no fault.
std::vector<std::string> matches(const char* pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern, 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

Result<void> check_beside_home(const Descriptor& folder, const std::string& home) {
  if (home.empty()) return {};
  std::string where = THEATER_TRY(BeneathRoot::where(folder));
  if (!holds_path(where, home)) return {};
  return fail(ErrorCode::kPermissionDenied,
              "no command is run in {}, because it holds the node's home {}; move the home or the "
              "folder",
              where, home);
}

sock_fprog program_of(std::span<const sock_filter> filter) {
  return {static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
}

}  // namespace

CommandSandbox::CommandSandbox(Descriptor rules)
    : rules_(std::move(rules)),
      heard_filter_(system_call_filter(NodeListens::kYes)),
      alone_filter_(system_call_filter(NodeListens::kNo)) {}

CommandSandbox CommandSandbox::filter_only() {
  return CommandSandbox(Descriptor());
}

Result<CommandSandbox> CommandSandbox::build(const SandboxRequest& request) {
  THEATER_TRY_VOID(check_level(request.features));
  const auto& [folder, rights, program, home, features] = request;
  int version = features.landlock;
  uint64_t handled = kFirstRights;
  if (version >= 2) handled |= kRefer;
  if (version >= 3) handled |= kTruncate;
  if (version >= 5) handled |= kDeviceIoctl;
  Ruleset set{handled, 0, version >= 6 ? kScopes : 0};
  // An older kernel knows only the first fields.
  size_t size = version >= 6 ? sizeof set : version >= 4 ? 16 : 8;
  Descriptor rules(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &set, size, 0u)));
  if (!rules.open()) {
    return fail(ErrorCode::kIo, "cannot make a command's wall: errno {}", errno);
  }
  std::string kept;
  if (!home.empty()) {
    BeneathRoot opened = THEATER_TRY(BeneathRoot::open(home));
    kept = THEATER_TRY(opened.where());
  }
  if (folder.open()) THEATER_TRY_VOID(check_beside_home(folder, kept));
  for (const SystemPath& system : kSystemPaths)
    THEATER_TRY_VOID(allow_path(rules, system.path, system.rights & handled, kept));
  for (const char* pattern : kSettings) {
    for (const std::string& path : matches(pattern))
      THEATER_TRY_VOID(allow_path(rules, path, kRead, kept));
  }
  THEATER_TRY_VOID(allow_path(rules, program, kReadFile | kExecute, kept));
  uint64_t of_folder = (rights.read ? kRead : 0) | (rights.write ? kWrite & handled : 0);
  if (folder.open() && of_folder != 0) THEATER_TRY_VOID(allow(rules, folder, of_folder));
  CommandSandbox sandbox(std::move(rules));
  if (folder.open() && rights.write) sandbox.changed_folder_ = THEATER_TRY(duplicate(folder));
  return sandbox;
}

bool CommandSandbox::raise(int channel) const {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  if (rules_.open() && ::syscall(SYS_landlock_restrict_self, rules_.number(), 0) != 0) return false;
  if (channel >= 0) {
    sock_fprog heard = program_of(heard_filter_);
    long listener =
        ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &heard);
    if (listener >= 0) return send_descriptor(channel, static_cast<int>(listener));
    // A process has one listener at most; another one may listen to the node itself.
  }
  sock_fprog program = program_of(alone_filter_);
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

}  // namespace theater
