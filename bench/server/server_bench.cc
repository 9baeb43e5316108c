// What clients of a whole `theater server` see, over its socket and over TCP. The server is the real
// program in a process of its own, on a processor of its own.
//
//   server THEATER [GUESTS [FOLDER [GROUP]...]]    the program; the folder of the guests; where homes
//                                                  are made; requests, starts, list, streams, idle,
//                                                  ready or run, if not all
#include "theater/base/check.h"
#include "theater/base/open_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "../benchmark.h"
#include "groups.h"

namespace theater::bench::server_bench {

namespace {

struct Group {
  const char* name;
  void (*measure)(const Setup&);
};

constexpr Group kGroups[] = {
    {"requests", measure_requests}, {"starts", measure_starts},     {"list", measure_list},
    {"streams", measure_streams},   {"idle", measure_idle_streams}, {"ready", measure_readiness},
    {"run", measure_run},
};

// The names of the groups, each but the first behind a comma.
std::string names() {
  std::string all;
  for (const Group& group : kGroups)
    all += (all.empty() ? "" : ", ") + std::string(group.name);
  return all;
}

bool is_group(std::string_view name) {
  return std::ranges::any_of(kGroups, [&](const Group& group) { return group.name == name; });
}

const Benchmark kBenchmark("server", [](int argc, char** argv) {
  THEATER_CHECK(argc > 1, "the first argument is the program theater");
  std::vector<std::string> words(argv + 1, argv + argc);
  words.resize(std::max<size_t>(words.size(), 3));
  Setup setup{.program = words[0],
              .guests = words[1].empty() ? "bench/guests" : words[1],
              .below = words[2].empty() ? "." : words[2]};
  const std::vector<std::string> wanted(words.begin() + 3, words.end());
  for (const std::string& word : wanted) {
    if (is_group(word)) continue;
    fmt::print(stderr, "server: no group named `{}`; there are {}\n", word, names());
    return 2;
  }
  raise_open_files_limit();
  for (const Group& group : kGroups) {
    bool is_wanted = wanted.empty() || std::ranges::count(wanted, group.name) > 0;
    if (is_wanted) group.measure(setup);
  }
  return 0;
});

}  // namespace

}  // namespace theater::bench::server_bench
