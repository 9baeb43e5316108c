#include "theater/log/event/disk_use.h"

#include "theater/log/event/held_budget.h"
#include "theater/wit/traits.h"

#include <gtest/gtest.h>
#include <tl/expected.hpp>

namespace theater::log::disk_use_test {

constexpr const char* kStore = "theater:simple/store";
constexpr const char* kFilesystem = "theater:simple/filesystem";
constexpr const char* kFiles = "theater:files/files";

TEST(DiskUse, CountsCallsThatWriteAndNoOthers) {
  EXPECT_TRUE(disk_use_of_call(kStore, "get", 100).name.empty());
  EXPECT_TRUE(disk_use_of_call(kStore, "label", 100).name.empty());
  EXPECT_TRUE(disk_use_of_call(kFilesystem, "read-file", 100).name.empty());
  EXPECT_TRUE(disk_use_of_call(kFiles, "rename-path", 100).name.empty());
  EXPECT_TRUE(disk_use_of_call("theater:simple/runtime", "store", 100).name.empty());
  for (const char* name : {"store", "store-at-label", "replace-content-at-label"}) {
    EXPECT_EQ(disk_use_of_call(kStore, name, 100).name, kStoreBytes) << name;
    EXPECT_EQ(disk_use_of_call(kStore, name, 100).size_bytes, 100u) << name;
  }
}

TEST(DiskUse, CountsAtLeastABlockForWhatIsMade) {
  EXPECT_EQ(disk_use_of_call(kFilesystem, "write-file", 2).name, kFilesBytes);
  EXPECT_EQ(disk_use_of_call(kFilesystem, "write-file", 2).size_bytes, 4096u);
  EXPECT_EQ(disk_use_of_call(kFilesystem, "create-dir", 2).size_bytes, 4096u);
  EXPECT_EQ(disk_use_of_call(kFilesystem, "write-file", 5000).size_bytes, 5000u);
  EXPECT_EQ(disk_use_of_call("theater:files/files@0.1.0", "write-bytes", 2).size_bytes, 4096u);
  EXPECT_EQ(disk_use_of_call(kFiles, "append-bytes", 2).size_bytes, 256u);
  EXPECT_EQ(disk_use_of_call(kFiles, "append-bytes", 500).size_bytes, 500u);
}

TEST(DiskUse, GivesBackWhatACallSaysItRemoved) {
  EXPECT_TRUE(frees_store_bytes("theater:store/stores", "remove-unlabelled"));
  EXPECT_FALSE(frees_store_bytes("theater:simple/store", "remove-label"));
  using Freed = tl::expected<uint64_t, std::string>;
  EXPECT_EQ(freed_store_bytes(inline_payload(wit::encode(Freed(1000)))), 1000u);
  EXPECT_EQ(
      freed_store_bytes(inline_payload(wit::encode(Freed(tl::unexpected(std::string("no")))))), 0u);
  EXPECT_EQ(freed_store_bytes(Detached{Hash(), 3}), 0u) << "its bytes were removed";
}

TEST(DiskUse, OfTheLogIsThePayloadsAndAFixedPart) {
  EXPECT_EQ(log_bytes_of(Note{1, inline_payload({1, 2, 3})}), 131u);
  EXPECT_EQ(log_bytes_of(Host{1, inline_payload({1, 2, 3}), Detached{Hash(), 5000}}), 5131u);
  EXPECT_EQ(log_bytes_of(Control{Pause{}, ByRuntime{}}), 0u) << "the node makes it";
}

}  // namespace theater::log::disk_use_test
