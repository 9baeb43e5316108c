// How a source makes itself known as a benchmark.
//
// A build for measuring makes a program of each benchmark. A build with tests makes one program of
// all, in units of sources, which takes a fraction of the time to compile. So a benchmark has no
// main(): it names itself and what it does, and main.cc runs it. Each stands in a namespace of its
// own, `theater::bench::NAME_bench`, for the sources of a unit share what is in a namespace.
#pragma once

#include <string_view>
#include <vector>

namespace theater::bench {

class Benchmark {
 public:
  // Gets the arguments of a program of its own, and returns the program's exit code: 0, or 77 where
  // this machine cannot run the benchmark.
  using Run = int (*)(int argc, char** argv);

  // For objects with static lifetime, as the name must be.
  Benchmark(std::string_view name, Run work) : name_(name), run_(work) { all().push_back(this); }
  Benchmark(const Benchmark&) = delete;
  Benchmark& operator=(const Benchmark&) = delete;

  std::string_view name() const { return name_; }
  int run(int argc, char** argv) const { return run_(argc, argv); }

  // Those of this program.
  static std::vector<const Benchmark*>& all() {
    static std::vector<const Benchmark*> benchmarks;
    return benchmarks;
  }

 private:
  std::string_view name_;
  Run run_;
};

}  // namespace theater::bench
