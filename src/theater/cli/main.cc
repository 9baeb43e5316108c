// The program `theater`.

#include "theater/cli/arguments.h"
#include "theater/cli/commands.h"
#include "theater/cli/output.h"

#include <string>
#include <variant>
#include <vector>

int main(int argc, char** argv) {
  using namespace theater;
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  cli::Output output;
  Result<cli::Command> command = cli::parse_arguments(words);
  if (!command) {
    cli::print_error(command.error());
    return static_cast<int>(cli::Exit::kWrongUse);
  }
  cli::Exit exit = std::visit([&](const auto& asked) { return cli::run(asked, output); }, *command);
  if (auto written = output.finish(); !written) {
    cli::print_error(written.error());
    exit = cli::Exit::kFailed;
  }
  return static_cast<int>(exit);
}
