#include "program.h"

#include "theater/base/check.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace theater::bench {

Program::Program(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  THEATER_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe: errno {}", errno);
  output_ = Descriptor(ends[0]);
  Descriptor input(ends[1]);
  std::vector<char*> arguments;
  for (const std::string& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  id_ = ::fork();
  THEATER_CHECK(id_ >= 0, "fork: errno {}", errno);
  if (id_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::dup2(input.number(), STDOUT_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
}

Program::~Program() {
  if (id_ < 0) return;
  ::kill(id_, SIGTERM);
  ::waitpid(id_, nullptr, 0);
}

bool Program::read_more() {
  std::array<char, 4096> some{};
  ssize_t count = ::read(output_.number(), some.data(), some.size());
  THEATER_CHECK(count >= 0, "read: errno {}", errno);
  unread_.append(some.data(), static_cast<size_t>(count));
  return count > 0;
}

std::string Program::read_line() {
  size_t end = unread_.find('\n');
  while (end == std::string::npos) {
    THEATER_CHECK(read_more(), "the program ended without another line");
    end = unread_.find('\n');
  }
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

void Program::wait() {
  while (read_more()) {
  }
  int status = 0;
  THEATER_CHECK(::waitpid(id_, &status, 0) == id_, "waitpid: errno {}", errno);
  id_ = -1;
  THEATER_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the program failed: status {}",
                status);
}

}  // namespace theater::bench
