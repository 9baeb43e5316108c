// run.message: microseconds of a message of `theater run` to a `sync` actor, with --send and
// --request by turns, from the first reply to the last one.
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <filesystem>
#include <string>
#include <vector>

#include "../expect.h"
#include "../measure.h"
#include "actors.h"
#include "groups.h"
#include "program.h"

namespace theater::bench {

namespace {

// A word of a command line has no zeros.
constexpr uint64_t kDots = 0x2e2e2e2e2e2e2e2e;

// The time from the first reply to the last one.
double seconds_of_run(const Setup& setup, const std::filesystem::path& folder, size_t pairs) {
  TemporaryFolder home(folder);
  std::vector<std::string> words{
      setup.program, "run",  (folder / "run.toml").string(), "--home", home.path().string(),
      "--log-level", "error"};
  for (size_t i = 0; i < pairs; ++i) {
    words.insert(words.end(), {"--send", message_text(kCountOrder, kDots), "--request",
                               message_text(kEchoOrder, kDots)});
  }
  Program program(words);
  (void)program.read_line();
  auto start = std::chrono::steady_clock::now();
  for (size_t i = 1; i < pairs; ++i)
    (void)program.read_line();
  double seconds = seconds_since(start);
  program.wait();
  return seconds;
}

}  // namespace

void measure_run(const Setup& setup) {
  const size_t pairs = amount(300, 50);
  TemporaryFolder folder(setup.below);
  std::string manifest = manifest_text("run", "sync");
  expect(write_file(folder.path() / "run.toml", as_bytes(manifest)));
  expect(write_file(folder.path() / "player.wat", expect(read_file(setup.guests + "/player.wat"))));
  std::vector<double> runs;
  for (int run = 0; run < kRuns; ++run) {
    double seconds = seconds_of_run(setup, folder.path(), pairs);
    runs.push_back(seconds * 1e6 / static_cast<double>(2 * (pairs - 1)));
  }
  print("run.message", figure_of(std::move(runs)), "us");
}

}  // namespace theater::bench
