// The filesystem behind the wall: what is recorded, many actors at once, and ends in the midst.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/filesystem/filesystem_handler.h"

#include <gtest/gtest.h>

namespace theater::filesystem_guest_test {

namespace fs = std::filesystem;
using namespace testing;

template <class T>
using Said = tl::expected<T, std::string>;

constexpr const char* kFilesystem = "theater:simple/filesystem";

struct Files {
  explicit Files(uint64_t seed = 1) : scheduler(seed), harness(scheduler, handlers()) {
    fs::create_directories(given);
  }

  HandlerSet handlers() {
    HandlerSet set;
    set.push_back(std::make_unique<FilesystemHandler>(folder.path()));
    return set;
  }

  ActorHarness::Options options(const std::string& entry) const {
    ActorHarness::Options options;
    options.manifest = *parse_manifest(
        "name = \"a\"\ncomponent = \"a.wasm\"\n[[handler]]\ntype = \"filesystem\"\n" + entry,
        "a.toml", "/");
    options.permissions = options.manifest.ask().ceiling;
    return options;
  }
  std::string given_path() const { return "path = \"" + given.string() + "\""; }

  // An actor whose `init` is this.
  ActorId add(const Script& script, const ActorHarness::Options& options) {
    return harness.add(harness.component(script), options);
  }

  // In memory where there is such a file system: thousands of syncs are no use to these tests.
  fs::path quick = fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
  TemporaryFolder folder{quick};
  TemporaryFolder outer{quick};  // Not in the home.
  fs::path given = fs::canonical(outer.path()) / "given";
  SeededScheduler scheduler;
  ActorHarness harness;
};

// Writes, looks, reads and deletes.
void use_all(Play& play) {
  play.call_waiting<Said<void>>(
      kFilesystem, "write-file",
      [](Play& then, Said<void> written) {
        EXPECT_TRUE(written);
        then.call_waiting<Said<Bytes>>(
            kFilesystem, "read-file",
            [](Play& last, Said<Bytes> bytes) {
              EXPECT_EQ(bytes, to_bytes("text"));
              last.call_waiting<Said<void>>(
                  kFilesystem, "delete-file",
                  [](Play& end, Said<void> deleted) {
                    EXPECT_TRUE(deleted);
                    end.finish(end.state());
                  },
                  std::string("file"));
            },
            std::string("file"));
      },
      std::string("file"), std::string("text"));
}

TEST(FilesystemGuest, ReadsAreRecordedWhenAnsweredAndWritesBeforeAndAfter) {
  Files files;
  ActorId id = files.add(use_all, files.options(files.given_path()));
  files.scheduler.run();
  EXPECT_EQ(files.harness.outline(id),
            "genesis instance call intent outcome host intent outcome returned");
  EXPECT_EQ(files.harness.check_chains(), std::nullopt);
}

TEST(FilesystemGuest, WhatIsNotGrantedIsRefusedOnRecord) {
  Files files;
  std::string error;
  ActorHarness::Options options = files.options(files.given_path());
  options.permissions.file_system->write = false;
  ActorId id = files.add(
      [&](Play& play) {
        play.call_waiting<Said<void>>(
            kFilesystem, "write-file",
            [&](Play& then, Said<void> written) {
              error = written.error();
              then.finish(then.state());
            },
            std::string("file"), std::string("text"));
      },
      options);
  files.scheduler.run();
  std::string grant = "filesystem:paths=" + files.given.string() + ";write";
  EXPECT_EQ(error,
            fmt::format("Permission denied: {0} (the policy lacks it: add --grant '{0}')", grant));
  EXPECT_EQ(files.harness.outline(id), "genesis instance call refused returned");
  EXPECT_TRUE(fs::is_empty(files.given));
  EXPECT_EQ(files.harness.check_chains(), std::nullopt);
}

TEST(FilesystemGuest, AThousandActorsHaveFoldersOfTheirOwn) {
  Files files;
  std::vector<ActorId> ids;
  for (int i = 0; i < 1'000; ++i)
    ids.push_back(files.add(use_all, files.options("new_dir = true\nkeep_dir = false")));
  files.scheduler.run();
  for (const ActorId& id : ids) {
    ASSERT_EQ(files.harness.started(id), "");
    files.harness.kill(id);
  }
  files.scheduler.run();
  EXPECT_TRUE(fs::is_empty(files.folder.path() / "dirs"));
  EXPECT_EQ(files.harness.check_chains(), std::nullopt);
}

TEST(FilesystemGuest, AnActorThatEndsMeanwhileLeavesWholeFilesOrNone) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    Files files(seed);
    ActorId id = files.add(use_all, files.options(files.given_path()));
    files.scheduler.run(seed % 23);
    if (seed % 2 == 0) {
      files.harness.kill(id);
    } else {
      files.harness.stop(id);
    }
    files.scheduler.run();
    for (const auto& entry : fs::directory_iterator(files.given)) {
      EXPECT_EQ(entry.path().filename(), "file");
      EXPECT_EQ(*read_text_file(entry.path()), "text");
    }
    EXPECT_EQ(files.harness.check_chains(), std::nullopt);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace theater::filesystem_guest_test
