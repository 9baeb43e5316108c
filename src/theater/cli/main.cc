// The program `theater`.

#include "theater/base/log.h"
#include "theater/cli/commands/list.h"
#include "theater/cli/terminal/output.h"

#include <unistd.h>

#include <string>
#include <vector>

int main(int argc, char** argv) {
  using namespace theater;
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
