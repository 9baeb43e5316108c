// event.append: `note` events with 200 bytes of arguments, about 256 bytes each, encoded, linked
// and hashed in a chain in memory, and their hashes appended to the Merkle tree.
// event.append.chain: the same without the tree. tree.append: the tree alone.
#include "theater/base/check.h"
#include "theater/log/event/chain.h"
#include "theater/log/merkle/tree.h"

#include "benchmark.h"
#include "measure.h"

namespace theater::bench::event_bench {

namespace {

constexpr int kEvents = 1000;

std::string per_second(const CostFigure& figure) {
  return fmt::format(R"(, "million_per_second": {:.2f})", 1 / figure.wall.best);
}

const Benchmark kBenchmark("event", [](int, char**) {
  Bytes arguments(210, uint8_t{7});
  uint64_t time = 1'700'000'000'000'000;
  auto note = [&] {
    return log::Note{.function = 3, .arguments = log::borrowed_payload(arguments)};
  };

  log::Chain chain;
  CostFigure append = microseconds_per_unit(kEvents, [&] {
    for (int i = 0; i < kEvents; ++i)
      chain.append(note(), ++time);
  });
  size_t size = chain.event(chain.end_seq() - 1).size();
  print("event.append.chain", append, "us",
        fmt::format(R"(, "event_bytes": {}{})", size, per_second(append)));

  log::Tree tree;
  CostFigure with_tree = microseconds_per_unit(kEvents, [&] {
    for (int i = 0; i < kEvents; ++i)
      tree.append(chain.append(note(), ++time).hash);
  });
  print("event.append", with_tree, "us",
        fmt::format(R"(, "event_bytes": {}{})", size, per_second(with_tree)));

  Hash leaf = chain.head();
  CostFigure tree_only = microseconds_per_unit(kEvents, [&] {
    for (int i = 0; i < kEvents; ++i)
      tree.append(leaf);
  });
  // A compiler may leave out a computation whose result is never read.
  THEATER_CHECK(!tree.root().is_zero());
  print("tree.append", tree_only, "us", per_second(tree_only));
  return 0;
});

}  // namespace

}  // namespace theater::bench::event_bench
