// The rule of what goes to the disk, against the functions that the handlers really have.
#include "theater/log/event/disk_use.h"

#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/registry.h"
#include "theater/log/event/held_budget.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace theater::disk_use_test {

TEST(DiskUse, KnowsTheFunctionThatFreesAndItsResult) {
  TemporaryFolder home;
  size_t found = 0;
  for (const auto& handler : make_handlers({.home = home.path()})) {
    for (const HostFunction& function : handler->host_functions()) {
      if (!log::frees_store_bytes(function.name.interface, function.name.name)) continue;
      ++found;
      using Freed = tl::expected<uint64_t, std::string>;
      ASSERT_TRUE(function.type.result);
      EXPECT_EQ(*function.type.result, wit::type_of<Freed>());
      EXPECT_EQ(function.effect, EffectClass::kInternal) << "it is recorded as `host`";
    }
  }
  EXPECT_EQ(found, 1u);
}

TEST(DiskUse, KnowsTheFunctionsThatWrite) {
  TemporaryFolder home;
  std::map<std::string, std::string> found;
  for (const auto& handler : make_handlers({.home = home.path()})) {
    for (const HostFunction& function : handler->host_functions()) {
      const auto& [interface, name] = function.name;
      log::DiskUse use = log::disk_use_of_call(interface, name, 1);
      if (use.name.empty()) continue;
      found[function.name.to_string()] = use.name;
      EXPECT_TRUE(function.writes) << function.name.to_string() << " needs room on the disk";
      // The binder asks for these classes only, and their events count.
      EXPECT_TRUE(function.effect == EffectClass::kEffect ||
                  function.effect == EffectClass::kInternal)
          << function.name.to_string();
    }
  }
  std::string files(log::kFilesBytes);
  std::string stores(log::kStoreBytes);
  EXPECT_EQ(found, (std::map<std::string, std::string>{
                       {"theater:files/files/append-bytes", files},
                       {"theater:files/files/write-bytes", files},
                       {"theater:simple/filesystem/create-dir", files},
                       {"theater:simple/filesystem/write-file", files},
                       {"theater:simple/store/replace-content-at-label", stores},
                       {"theater:simple/store/store", stores},
                       {"theater:simple/store/store-at-label", stores}}));
}

}  // namespace theater::disk_use_test
