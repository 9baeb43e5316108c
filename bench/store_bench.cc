// What a store costs beside plain files on the same file system in the same run.
//
// store.put.1k, .1m: fresh content of that size put into a store, on disk when it returns.
// store.file.write.*: a new file with as many octets: written, synced, its folder synced.
// store.put.again.1k: content that the store has already. store.get.*: content read and checked
// against its digest. store.file.read.*: a file read.
//
//   store [FOLDER]    where stores and files are made
#include "theater/base/file.h"
#include "theater/base/random.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/store/content_store.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "expect.h"
#include "measure.h"

namespace {

using namespace theater;
using namespace theater::bench;
namespace fs = std::filesystem;

// Microseconds of one: the median of the best run.
class Medians {
 public:
  void begin_run() { runs_.emplace_back(); }
  template <class Work>
  void time(Work&& work) {
    auto start = std::chrono::steady_clock::now();
    work();
    runs_.back().push_back(seconds_since(start) * 1e6);
  }
  Figure figure() {
    std::vector<double> medians;
    for (std::vector<double>& run : runs_) {
      std::sort(run.begin(), run.end());
      medians.push_back(quantile(run, 0.5));
    }
    return figure_of(std::move(medians));
  }

 private:
  std::vector<std::vector<double>> runs_;
};

void report(std::string_view what, std::string_view size, Medians& store, Medians& file,
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
  Medians put, again, get, write, read;
  uint64_t number = 0;
  for (int run = 0; run < kRuns; ++run) {
    for (Medians* one : {&put, &again, &get, &write, &read})
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

}  // namespace

int main(int argc, char** argv) {
  fs::path below = argc > 1 ? argv[1] : ".";
  measure(below, "1k", 1 << 10, amount(200, 3));
  measure(below, "1m", 1 << 20, amount(20, 2));
  return 0;
}
