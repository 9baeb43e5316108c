#include "theater/base/process_secrecy.h"

#include "theater/base/system_user.h"
#include "theater/base/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

namespace theater::process_secrecy_test {

// Root is never kept out, so a test that runs as root continues as another user.
bool leave_root() {
  if (::geteuid() != 0) return true;
  SystemUser user = *user_named("nobody");
  return ::setgid(user.group) == 0 && ::setuid(user.id) == 0;
}

// Runs a process and returns how it ended.
int status_of(const std::function<int()>& run) {
  pid_t child = ::fork();
  if (child == 0) ::_exit(run());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// A process of another user than root, which waits until it may end.
class Target {
 public:
  explicit Target(bool hides) {
    int ready[2];
    int end[2];
    EXPECT_EQ(::pipe(ready) | ::pipe(end), 0);
    id_ = ::fork();
    if (id_ == 0) {
      ::close(end[1]);
      // A change of the user hides a process too, until it says otherwise.
      bool good = leave_root() && ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
      if (hides) good = good && hide_process().has_value();
      char sign = good ? 'y' : 'n';
      (void)::write(ready[1], &sign, 1);
      (void)::read(end[0], &sign, 1);
      ::_exit(0);
    }
    ::close(ready[1]);
    ::close(end[0]);
    char sign = 0;
    EXPECT_EQ(::read(ready[0], &sign, 1), 1);
    EXPECT_EQ(sign, 'y');
    ::close(ready[0]);
    end_ = end[1];
  }
  ~Target() {
    ::close(end_);
    ::waitpid(id_, nullptr, 0);
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  // Whether another process of that user can open the file of the target.
  bool opens(const std::string& file) const {
    std::string path = "/proc/" + std::to_string(id_) + "/" + file;
    return status_of([&] {
             if (!leave_root()) return 2;
             int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
             return opened >= 0 ? 0 : 1;
           }) == 0;
  }
  bool can_be_attached() const {
    return status_of([&] {
             if (!leave_root()) return 2;
             return ::ptrace(PTRACE_SEIZE, id_, nullptr, nullptr) == 0 ? 0 : 1;
           }) == 0;
  }

 private:
  pid_t id_ = 0;
  int end_ = -1;
};

TEST(ProcessSecrecy, KeepsOtherProcessesOfTheUserOut) {
  if (!Target(false).opens("environ")) GTEST_SKIP() << "this machine hides all processes";
  Target hidden(true);
  for (const char* file : {"environ", "mem", "fd", "maps", "auxv"})
    EXPECT_FALSE(hidden.opens(file)) << file;
  EXPECT_FALSE(hidden.can_be_attached());
}

// How a process ends that aborts in a folder of its own, with dumps allowed by its limits.
bool leaves_core(bool hides) {
  TemporaryFolder folder;
  int status = status_of([&] {
    rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    if (::chdir(folder.path().c_str()) != 0 || ::setrlimit(RLIMIT_CORE, &all) != 0) return 2;
    if (hides && !hide_process()) return 3;
    ::signal(SIGABRT, SIG_DFL);
    std::abort();
  });
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 2) << status;
  return WIFSIGNALED(status) && WCOREDUMP(status);
}

TEST(ProcessSecrecy, LeavesNoCoreDump) {
  if (!leaves_core(false)) GTEST_SKIP() << "no crash leaves a core dump on this machine";
  EXPECT_FALSE(leaves_core(true));
}

}  // namespace theater::process_secrecy_test
