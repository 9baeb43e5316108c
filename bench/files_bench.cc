// files.read.SIZE, files.write.SIZE: microseconds for a file to be read or written beneath an
// actor's folder, as the filesystem handler does it, and by turns with plain calls: open, read and
// close of the path; and a file written next to the old one, synced, renamed, and its folder
// synced. `ratio` is the median of the ratios of neighbouring rounds.
//
//   files [FOLDER]    where the files are made; the present folder if none is named
#include "theater/base/descriptor.h"
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/filesystem/file_operations.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "benchmark.h"
#include "expect.h"
#include "measure.h"

namespace theater::bench::files_bench {

namespace {

constexpr size_t kSizeMax = size_t{16} << 20;

Bytes read_plainly(const std::filesystem::path& path, size_t size) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Bytes bytes(size + 1);
  ssize_t got = ::read(file.number(), bytes.data(), bytes.size());
  THEATER_CHECK(got == static_cast<ssize_t>(size));
  bytes.resize(size);
  return bytes;
}

// One after the other by turns, so that what else the machine does hits both.
void by_turns(const std::string& id, size_t calls, const std::function<void()>& ours,
              const std::function<void()>& plain) {
  std::vector<double> our_runs;
  std::vector<double> plain_runs;
  std::vector<double> ratios;
  auto microseconds = [&](const std::function<void()>& call) {
    auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < calls; ++i)
      call();
    return seconds_since(start) * 1e6 / static_cast<double>(calls);
  };
  for (size_t round = 0; round < amount(31, 1); ++round) {
    our_runs.push_back(microseconds(ours));
    plain_runs.push_back(microseconds(plain));
    ratios.push_back(our_runs.back() / plain_runs.back());
  }
  Figure ratio = figure_of(std::move(ratios));
  Figure beside = figure_of(std::move(plain_runs));
  print(id, figure_of(std::move(our_runs)), "us",
        fmt::format(R"(, "plain": {:.4g}, "plain_median": {:.4g}, "ratio": {:.3f})", beside.best,
                    beside.median, ratio.median));
}

const Benchmark kBenchmark("files", [](int argc, char** argv) {
  TemporaryFolder folder(argc > 1 ? argv[1] : ".");
  BeneathRoot root = expect(BeneathRoot::open(folder.path()));
  std::string where = expect(root.where());
  FileAccess access(std::move(root), where);
  expect(create_folder(access, "inner"));
  for (auto [size, text] : {std::pair(size_t{1} << 10, "1k"), std::pair(size_t{1} << 20, "1m")}) {
    Bytes content(size, uint8_t{'x'});
    std::string path = std::string("inner/") + text;
    std::filesystem::path whole = folder.path() / path;
    expect(write_file(access, path, content));
    by_turns(
        fmt::format("files.read.{}", text), amount(size > 4096 ? 50 : 2'000, 1),
        [&] { expect(read_file(access, path, kSizeMax)); },
        [&, size = size] { read_plainly(whole, size); });
    by_turns(
        fmt::format("files.write.{}", text), amount(10, 1),
        [&] { expect(write_file(access, path, content)); },
        [&] { expect(write_file(whole, content)); });
  }
  return 0;
});

}  // namespace

}  // namespace theater::bench::files_bench
