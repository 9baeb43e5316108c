// What a store costs compared with plain files on the same file system in the same run.
//
// store.put.1k, .1m: fresh content of that size put into a store, on disk when it returns.
// store.file.write.*: a new file with as many bytes: written, synced, its folder synced.
// store.put.again.1k: content that the store has already. store.get.*: content read and checked
// against its digest. store.file.read.*: a file read.
//
//   store [FOLDER]    where stores and files are made
#include "theater/base/file.h"
#include "theater/base/random.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/store/content_store.h"

#include <filesystem>
#include <string>

#include "benchmark.h"
#include "expect.h"
#include "latencies.h"

namespace theater::bench::store_bench {

namespace {

namespace fs = std::filesystem;

void report(std::string_view what, std::string_view size, Latencies& store, Latencies& file,
            std::string_view file_what) {
  Figure ours = store.figure(), theirs = file.figure();
  print(fmt::format("store.file.{}.{}", file_what, size), theirs, "us", "");
  print(fmt::format("store.{}.{}", what, size), ours, "us",
        fmt::format(R"(, "ratio_to_file": {:.2f})", ours.best / theirs.best));
}

// Some of each in turn, so that all see the same disk.
void measure(const fs::path& below, std::string_view size_name, size_t size, size_t each) {
  TemporaryFolder scratch(below);
  auto stores = expect(ContentStore::open(scratch.path() / "stores"));
  StoreId id = expect(StoreId::parse("bench"));
  OsRandom random;
  Latencies put, again, get, write, read;
  uint64_t number = 0;
  for (int run = 0; run < kRuns; ++run) {
    for (Latencies* one : {&put, &again, &get, &write, &read})
      one->begin_run();
    for (size_t i = 0; i < each; ++i) {
      Bytes content(size);
      random.fill(content);
      Hash digest;
      put.time([&] { digest = expect(stores->put({}, id, content)); });
      fs::path file = scratch.path() / fmt::format("file-{}", ++number);
      write.time([&] { expect(write_file(file, content)); });
      again.time([&] { (void)expect(stores->put({}, id, content)); });
      get.time([&] { (void)expect(stores->get({}, id, digest)); });
      read.time([&] { (void)expect(read_file(file)); });
    }
  }
  report("put", size_name, put, write, "write");
  report("get", size_name, get, read, "read");
  print(fmt::format("store.put.again.{}", size_name), again.figure(), "us", "");
}

const Benchmark kBenchmark("store", [](int argc, char** argv) {
  fs::path below = argc > 1 ? argv[1] : ".";
  measure(below, "1k", 1 << 10, amount(200, 3));
  measure(below, "1m", 1 << 20, amount(20, 2));
  return 0;
});

}  // namespace

}  // namespace theater::bench::store_bench
