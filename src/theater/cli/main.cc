// The program `theater`.

#include "theater/base/log.h"
#include "theater/cli/commands/list.h"
#include "theater/cli/terminal/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

namespace {

// A standard descriptor that was closed would be the number of the next file, and take its writes.
void open_standard_descriptors() {
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number, which is this one.
    if (::open("/dev/null", O_RDWR) != descriptor) ::_exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace theater;
  open_standard_descriptors();
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  cli::Output output;
  Result<cli::Action> action = cli::parse_command_line(words);
  if (!action) {
    cli::print_error(action.error());
    return static_cast<int>(cli::Exit::kWrongUse);
  }
  cli::Exit exit = (*action)(output);
  if (auto written = output.finish(); !written) {
    cli::print_error(written.error());
    exit = cli::Exit::kFailed;
  }
  // A reader who stalls does not keep the process.
  if (!flush_log()) ::_exit(static_cast<int>(exit));
  return static_cast<int>(exit);
}
