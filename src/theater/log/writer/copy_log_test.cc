// tools/copy-log beside a log that is written to and changes its segments meanwhile.
#include "theater/base/testing/source_tree.h"
#include "theater/log/check/log_check.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/testing/log_home.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

namespace theater::log::copy_log_test {

namespace fs = std::filesystem;

TEST(CopyLog, TakesAWholeLogWhileSegmentsChange) {
  LogHome home;
  LogOptions options;
  options.segment_bytes = 64 << 10;
  options.preallocate_bytes = 64 << 10;
  auto log = home.open(options);
  std::atomic<bool> enough = false;
  std::thread writer([&] {
    TestActor actor(*log);
    while (!enough) {
      actor.record_detached(Bytes(200, 0x2a), Durability::kSync);
      if (!log->flush()) return;
    }
  });

  size_t changes = 0;
  uint64_t events = 0;
  // Until enough of them have seen a segment end; each takes a few tens of milliseconds.
  for (int i = 0; changes < 5 && i < 100; ++i) {
    size_t before = list_segments(home.folder())->size();
    fs::path copy = home.root() / "copy" / std::to_string(i);
    fs::create_directories(copy.parent_path());
    std::string command =
        source_path("tools/copy-log") + " " + home.root().string() + " " + copy.string();
    ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe): nobody else does.
    if (list_segments(home.folder())->size() > before) ++changes;

    auto report = check_log(copy / "log");
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_NE(report->verdict, Verdict::kInvalid)
        << "copy " << i << ": " << report->findings.front().to_string();
    EXPECT_GE(report->events, events);
    events = report->events;
    auto opened = home.try_open(copy / "log");
    ASSERT_TRUE(opened) << opened.error().to_string();
    EXPECT_TRUE((*opened)->close());
  }
  enough = true;
  writer.join();
  EXPECT_GE(changes, 5u);
  EXPECT_TRUE(log->close());
}

}  // namespace theater::log::copy_log_test
