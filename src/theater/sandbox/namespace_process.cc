#include "theater/sandbox/namespace_process.h"

#include "theater/base/beneath_root.h"
#include "theater/base/file_handle.h"
#include "theater/sandbox/borrowed_memory.h"
#include "theater/sandbox/command_pipes.h"
#include "theater/sandbox/descriptor_channel.h"
#include "theater/sandbox/descriptor_parcel.h"
#include "theater/sandbox/init_image.h"
#include "theater/sandbox/init_plan.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <string>

namespace theater {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kReportMax = 10s;

// What the new process needs until it executes the first program. It borrows the node's memory.
struct Entry {
  std::array<int, 3> standard = {-1, -1, -1};
  std::array<int, 3> kept = {-1, -1, -1};  // Stay open; negative: none.
  int image = -1;
  char* const* words = nullptr;
  bool in_user_namespace = false;
  const char* failed = nullptr;
  int error = 0;
};

// A program that no root executes has no more capabilities than the ambient ones.
bool keep_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
  for (auto& set : sets)
    set.inheritable = set.permitted;
  if (::syscall(SYS_capset, &header, sets.data()) != 0) return false;
  for (unsigned capability = 0; capability < 64; ++capability) {
    bool has_it = (sets[capability / 32].permitted >> (capability % 32) & 1) != 0;
    if (has_it && ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
      return false;
  }
  return true;
}

const char* enter_first(const Entry& entry) {
  if (::setsid() < 0) return "begin a session";
  if (!connect_standard(entry.standard)) return "connect its output";
  if (::close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0) return "close what is not its own";
  for (int kept : entry.kept) {
    if (kept >= 0 && ::syscall(SYS_fcntl, kept, F_SETFD, 0) != 0) return "keep its channel";
  }
  if (entry.in_user_namespace && !keep_capabilities()) return "set its namespaces up";
  if (!take_default_signals()) return "reset its signals";
  char* nothing = nullptr;
  ::syscall(SYS_execveat, entry.image, "", entry.words, &nothing, AT_EMPTY_PATH);
  return "execute the first program of its sandbox";
}

// Runs on a stack of its own while the starting thread waits, so no sanitizer may track its frames.
__attribute__((no_sanitize("address", "thread"))) int run_first(void* argument) {
  Entry& entry = *static_cast<Entry*>(argument);
  entry.failed = enter_first(entry);
  entry.error = errno;
  ::_exit(127);
}

Result<void> add_work_folder(InitPlan& plan, const Descriptor& folder) {
  std::string where = THEATER_TRY(BeneathRoot::where(folder));
  struct stat status{};
  if (::fstat(folder.number(), &status) != 0) return os_failure("look at", where, errno);
  // The root is another one there.
  bool is_root = where == "/";
  plan.add(InitStep::kWorkFolder, {is_root ? 0 : status.st_dev, is_root ? 0 : status.st_ino},
           {where});
  return {};
}

Result<InitPlan> plan_of(const CommandStart& start, const CommandSandbox& wall) {
  InitPlan plan;
  bool is_root = ::geteuid() == 0;
  if (!is_root) plan.add(InitStep::kMapUser, {::geteuid(), ::getegid()});
  if (wall.network() == Network::kRelay) plan.add(InitStep::kRelay, {kRelayPort});
  if (wall.rules().open())
    plan.add(InitStep::kRules, {static_cast<uint64_t>(wall.rules().number())});
  plan.add(wall.files());
  plan.add(InitStep::kLimit, {start.file_size_max});
  if (is_root) {
    plan.add(InitStep::kBecome, {start.user->id, start.user->group});
  } else {
    plan.add(InitStep::kBecome, {kSameUser, 0});
  }
  THEATER_TRY_VOID(add_work_folder(plan, start.folder));
  auto filter = wall.filter();
  plan.add(InitStep::kFilter, {},
           {{reinterpret_cast<const char*>(filter.data()), filter.size_bytes()}});
  plan.add(InitStep::kProgram, {}, {start.program});
  for (const std::string& word : start.words)
    plan.add(InitStep::kWord, {}, {word});
  for (const std::string& variable : start.variables)
    plan.add(InitStep::kVariable, {}, {variable});
  return plan;
}

Result<Descriptor> file_of(const InitPlan& plan) {
  Descriptor made(::memfd_create("sandbox-plan", MFD_CLOEXEC));
  Descriptor file(made.open() ? ::fcntl(made.number(), F_DUPFD_CLOEXEC, 3) : -1);
  const std::string& bytes = plan.bytes();
  for (size_t done = 0; file.open() && done < bytes.size();) {
    ssize_t written = ::write(file.number(), bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) file.reset();
    done += static_cast<size_t>(written);
  }
  if (!file.open()) return os_failure("make a file in memory for", "a sandbox", errno);
  return file;
}

// Takes what the first process sends until it closes the channel, and says what it could not do;
// none if the program runs.
std::optional<std::string> hear(const Descriptor& channel, CommandProcess& process) {
  std::optional<std::string> failure;
  auto end = std::chrono::steady_clock::now() + kReportMax;
  for (;;) {
    auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd look{channel.number(), POLLIN, 0};
    int ready = left.count() <= 0 ? 0 : ::poll(&look, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return "set its namespaces up within ten seconds";
    InitMessage message{};
    int descriptor = -1;
    ssize_t got = receive_parcel(channel.number(), &message, sizeof message, descriptor);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got != sizeof message) break;
    Descriptor received(descriptor);
    switch (message.kind) {
      case InitMessage::Kind::kRelay:
        process.relay_listener = std::move(received);
        break;
      case InitMessage::Kind::kProgram:
        process.program = std::move(received);
        break;
      case InitMessage::Kind::kFailed:
        failure = fmt::format("{}: {}", message.text, std::strerror(message.error));
        break;
    }
  }
  if (!failure && !process.program.open()) failure = "start it: its first process has ended";
  return failure;
}

}  // namespace

Result<CommandProcess> start_in_namespaces(const CommandStart& start, const CommandSandbox& wall,
                                           ProgramGroup group) {
  const Descriptor* image = THEATER_TRY(init_image());
  InitPlan plan = THEATER_TRY(plan_of(start, wall));
  Descriptor plan_file = THEATER_TRY(file_of(plan));
  DescriptorChannel channel = THEATER_TRY(make_descriptor_channel());
  CommandPipes pipes = THEATER_TRY(make_pipes(start.takes_input));
  std::array<std::string, 3> texts = {"sandbox-init", std::to_string(channel.there.number()),
                                      std::to_string(plan_file.number())};
  std::array<char*, 4> words = {texts[0].data(), texts[1].data(), texts[2].data(), nullptr};
  Entry entry;
  entry.standard = pipes.standard();
  entry.kept = {channel.there.number(), plan_file.number(),
                wall.rules().open() ? wall.rules().number() : -1};
  entry.image = image->number();
  entry.words = words.data();
  entry.in_user_namespace = ::geteuid() != 0;
  int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
  if (wall.network() != Network::kHost) flags |= CLONE_NEWNET;
  if (entry.in_user_namespace) flags |= CLONE_NEWUSER;
  BorrowingChild child = start_borrowing(run_first, &entry, flags, group.folder());
  if (child.id < 0) return os_failure("make namespaces for", start.program, child.error);
  channel.there.reset();
  CommandProcess started;
  started.group = std::move(group);
  started.id = child.id;
  started.process = std::move(child.process);
  started.out = std::move(pipes.out.read);
  started.err = std::move(pipes.err.read);
  started.in = std::move(pipes.in.write);
  std::optional<std::string> failure =
      entry.failed != nullptr ? fmt::format("{}: {}", entry.failed, std::strerror(entry.error))
                              : hear(channel.here, started);
  if (!failure) return started;
  ::syscall(SYS_pidfd_send_signal, started.process.number(), SIGKILL, nullptr, 0);
  (void)collect_exit_code(started);
  return fail(ErrorCode::kIo, "cannot run {}: cannot {}", start.program, *failure);
}

}  // namespace theater
