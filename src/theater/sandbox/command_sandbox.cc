#include "theater/sandbox/command_sandbox.h"

#include "theater/base/beneath_root.h"
#include "theater/base/file_handle.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

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
    {"/etc", kRead},
    {"/dev/null", kReadFile | kWriteFile | kTruncate},
    {"/dev/full", kReadFile | kWriteFile | kTruncate},
    {"/dev/zero", kReadFile},
    {"/dev/random", kReadFile},
    {"/dev/urandom", kReadFile},
};

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the filter of system calls does not know this machine"
#endif

constexpr uint32_t kDeny = SECCOMP_RET_ERRNO | EPERM;

constexpr sock_filter load(size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<uint32_t>(offset)};
}
// Skips `skipped` instructions unless the loaded number is `value`.
constexpr sock_filter unless_equal(uint32_t value, uint8_t skipped) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, skipped, value};
}
constexpr sock_filter answer(uint32_t with) {
  return {BPF_RET | BPF_K, 0, 0, with};
}

// Denies leaving the process group, and truncate(2): Landlock overlooks it before version 3, and
// programs truncate open files instead. Denies calls of another machine's numbering too, since the
// denied ones could hide among them.
constexpr std::array kFilter = {
    load(offsetof(seccomp_data, arch)),
    unless_equal(kArchitecture, 1),
    sock_filter{BPF_JMP | BPF_JA, 0, 0, 1},
    answer(SECCOMP_RET_KILL_PROCESS),
    load(offsetof(seccomp_data, nr)),
    sock_filter{BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000},
    answer(SECCOMP_RET_ERRNO | ENOSYS),
    unless_equal(SYS_setsid, 1),
    answer(kDeny),
    unless_equal(SYS_setpgid, 1),
    answer(kDeny),
    unless_equal(SYS_truncate, 1),
    answer(kDeny),
    answer(SECCOMP_RET_ALLOW),
};

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
  return allow(rules, opened, rights);
}

}  // namespace

int landlock_version() {
  long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1u);
  return version < 0 ? 0 : static_cast<int>(version);
}

CommandSandbox CommandSandbox::filter_only() {
  return CommandSandbox(Descriptor());
}

Result<CommandSandbox> CommandSandbox::build(const Descriptor& folder, FolderRights rights,
                                             const std::string& program,
                                             const std::filesystem::path& home) {
  int version = landlock_version();
  if (version == 0) {
    return Failure(
        Error(ErrorCode::kUnsupported,
              "commands are not run here: the kernel has no Landlock to wall them in")
            .with_hint("`unsandboxed` in the manifest and in the grant runs them without"));
  }
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
  for (const SystemPath& system : kSystemPaths)
    THEATER_TRY_VOID(allow_path(rules, system.path, system.rights & handled, kept));
  THEATER_TRY_VOID(allow_path(rules, program, kReadFile | kExecute, kept));
  uint64_t of_folder = (rights.read ? kRead : 0) | (rights.write ? kWrite & handled : 0);
  if (of_folder != 0) THEATER_TRY_VOID(allow(rules, folder, of_folder));
  return CommandSandbox(std::move(rules));
}

bool CommandSandbox::raise() const {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  if (rules_.open() && ::syscall(SYS_landlock_restrict_self, rules_.number(), 0) != 0) return false;
  sock_fprog program{static_cast<unsigned short>(kFilter.size()),
                     const_cast<sock_filter*>(kFilter.data())};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

}  // namespace theater
