#include "theater/sandbox/command_sandbox.h"

#include "theater/base/beneath_root.h"
#include "theater/base/file_handle.h"
#include "theater/sandbox/descriptor_channel.h"
#include "theater/sandbox/namespace_files.h"
#include "theater/sandbox/system_calls.h"
#include "theater/sandbox/system_paths.h"

#include <fcntl.h>
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

uint64_t rights_of(SystemPath::Use use) {
  switch (use) {
    case SystemPath::Use::kExecute:
      return kRead | kExecute;
    case SystemPath::Use::kRead:
      return kRead;
    case SystemPath::Use::kDevice:
      return kReadFile | kWriteFile | kTruncate;
    case SystemPath::Use::kReadDevice:
      return kReadFile;
  }
  return 0;
}

Result<Descriptor> make_rules(int version, uint64_t handled) {
  Ruleset set{handled, 0, version >= 6 ? kScopes : 0};
  // An older kernel knows only the first fields.
  size_t size = version >= 6 ? sizeof set : version >= 4 ? 16 : 8;
  Descriptor made(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &set, size, 0u)));
  // Connecting the standard ones in the new process must not overwrite it.
  Descriptor rules(made.open() ? ::fcntl(made.number(), F_DUPFD_CLOEXEC, 3) : -1);
  if (!rules.open()) return fail(ErrorCode::kIo, "cannot make a command's wall: errno {}", errno);
  return rules;
}

// Without rules (no Landlock) there is nothing to add.
Result<void> allow(const Descriptor& rules, const Descriptor& path, uint64_t rights) {
  if (!rules.open()) return {};
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = path.number();
  if (::syscall(SYS_landlock_add_rule, rules.number(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0) {
    return {};
  }
  return fail(ErrorCode::kIo, "cannot add a rule to a command's wall: errno {}", errno);
}

// Opens `path` and grants `rights` there. False for a missing path, which needs no rule.
Result<bool> allow_path(const Descriptor& rules, const std::string& path, uint64_t rights,
                        const std::string& home) {
  Descriptor opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!opened.open()) return false;
  std::string where = THEATER_TRY(BeneathRoot::where(opened));
  if (!home.empty() && (holds_path(where, home) || holds_path(home, where))) {
    return fail(ErrorCode::kPermissionDenied,
                "a command would reach the node's home {} by {}; move the home", home, where);
  }
  struct stat status{};
  if (::fstat(opened.number(), &status) != 0) return os_failure("look at", where, errno);
  THEATER_TRY_VOID(
      allow(rules, opened, S_ISDIR(status.st_mode) ? rights : rights & kRightsOfFiles));
  return true;
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

CommandSandbox::CommandSandbox(Descriptor rules, CallWorld world)
    : rules_(std::move(rules)), world_(world) {
  // Made here, since that allocates.
  (void)system_call_filter(world_, NodeListens::kYes);
}

CommandSandbox CommandSandbox::filter_only(const SandboxFeatures& features) {
  CommandSandbox sandbox(Descriptor(), {});
  sandbox.in_group_ = features.groups.offered;
  return sandbox;
}

Result<CommandSandbox> CommandSandbox::build(const SandboxRequest& request) {
  THEATER_TRY_VOID(check_level(request.features));
  bool in_namespaces = level_of(request.features) == SandboxLevel::kNamespaces;
  if (request.network == Network::kRelay && !in_namespaces) {
    return Failure(Error(ErrorCode::kUnsupported,
                         "a program gets no network here: a private one needs namespaces, which "
                         "this machine does not offer")
                       .with_hint("`theater doctor` says what is missing"));
  }
  const auto& [folder, rights, program, home, features, network] = request;
  int version = features.landlock;
  uint64_t handled = kFirstRights;
  if (version >= 2) handled |= kRefer;
  if (version >= 3) handled |= kTruncate;
  if (version >= 5) handled |= kDeviceIoctl;
  Descriptor rules = version == 0 ? Descriptor() : THEATER_TRY(make_rules(version, handled));
  std::string kept;
  if (!home.empty()) {
    BeneathRoot opened = THEATER_TRY(BeneathRoot::open(home));
    kept = THEATER_TRY(opened.where());
  }
  if (folder.open()) THEATER_TRY_VOID(check_beside_home(folder, kept));
  std::vector<SystemPath> present;
  for (const SystemPath& system : system_paths()) {
    if (THEATER_TRY(allow_path(rules, system.path, rights_of(system.use) & handled, kept)))
      present.push_back(system);
  }
  std::vector<std::string> settings = settings_paths(network);
  for (const std::string& path : settings)
    THEATER_TRY_VOID(allow_path(rules, path, kRead, kept));
  THEATER_TRY_VOID(allow_path(rules, program, kReadFile | kExecute, kept));
  uint64_t of_folder = (rights.read ? kRead : 0) | (rights.write ? kWrite & handled : 0);
  if (folder.open() && of_folder != 0) THEATER_TRY_VOID(allow(rules, folder, of_folder));
  CommandSandbox sandbox(std::move(rules), {in_namespaces, network});
  sandbox.in_group_ = features.groups.offered;
  if (!in_namespaces) {
    if (folder.open() && rights.write) sandbox.changed_folder_ = THEATER_TRY(duplicate(folder));
    return sandbox;
  }
  NamespaceFiles files{present, settings, program, folder, rights, features};
  sandbox.files_ = THEATER_TRY(plan_files(files, kRead & handled, (kRead | kWrite) & handled));
  return sandbox;
}

bool CommandSandbox::raise(int channel) const {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  if (rules_.open() && ::syscall(SYS_landlock_restrict_self, rules_.number(), 0) != 0) return false;
  if (channel >= 0) {
    sock_fprog heard = program_of(system_call_filter(world_, NodeListens::kYes));
    long listener =
        ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &heard);
    if (listener >= 0) return send_descriptor(channel, static_cast<int>(listener));
    // A process has one listener at most; another one may listen to the node itself.
  }
  sock_fprog program = program_of(filter());
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

std::span<const sock_filter> CommandSandbox::filter() const {
  return system_call_filter(world_, NodeListens::kNo);
}

}  // namespace theater
