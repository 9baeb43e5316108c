// The main() of benchmarks. A program of one benchmark runs it. In a program of several, the first
// argument names the one to run, which gets the others.
#include <fmt/format.h>

#include <cstdio>

#include "benchmark.h"

int main(int argc, char** argv) {
  const auto& benchmarks = theater::bench::Benchmark::all();
  if (benchmarks.size() == 1) return benchmarks.front()->run(argc, argv);
  std::string_view wanted = argc > 1 ? argv[1] : "";
  for (const theater::bench::Benchmark* benchmark : benchmarks)
    if (benchmark->name() == wanted) return benchmark->run(argc - 1, argv + 1);
  fmt::print(stderr,
             "{}: no benchmark named `{}`; the first argument must be one of these:", argv[0],
             wanted);
  for (const theater::bench::Benchmark* benchmark : benchmarks)
    fmt::print(stderr, " {}", benchmark->name());
  fmt::print(stderr, "\n");
  return 2;
}
