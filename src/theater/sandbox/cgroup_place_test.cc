// Finding the node's control group, on folders that imitate machines.
#include "theater/sandbox/cgroup_place.h"

#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <string>

namespace theater::cgroup_place_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct CgroupPlaceTest : ::testing::Test {
  CgroupPlaceTest() {
    belongs_to("/a/b");
    is_mounted("/", mount);
    make_group(mount / "a/b");
  }
  static void put(const fs::path& path, const std::string& text) {
    THEATER_CHECK(write_file(path, as_bytes(text)), "{}", path.string());
  }
  void belongs_to(const std::string& path) {
    put(view.membership, "4:memory:/x\n1:name=systemd:/y\n0::" + path + "\n");
  }
  void is_mounted(const std::string& root, const fs::path& at,
                  const std::string& type = "cgroup2") {
    mounts += fmt::format("41 31 0:38 {} {} rw,relatime shared:4 - {} cgroup rw\n", root,
                          at.string(), type);
    put(view.mounts, "22 1 8:1 / / rw - ext4 /dev/root rw\n" + mounts);
  }
  void make_group(const fs::path& group) const {
    fs::create_directories(group);
    put(group / "cgroup.procs", "41\n");
    put(group / "cgroup.subtree_control", "");
    put(group / "cgroup.type", "domain\n");
    put(group / "cgroup.controllers", "cpuset cpu io memory hugetlb pids\n");
  }
  std::string fault() const {
    Result<CgroupPlace> place = find_cgroup_place(view);
    if (place) return "found " + place->group.string();
    EXPECT_EQ(place.error().code(), ErrorCode::kUnsupported);
    return place.error().message();
  }
  CgroupPlace found() const {
    Result<CgroupPlace> place = find_cgroup_place(view);
    EXPECT_TRUE(place) << place.error().to_string();
    return place ? *place : CgroupPlace{};
  }

  TemporaryFolder folder;
  fs::path mount = folder.path() / "cgroup";
  CgroupView view{folder.path() / "membership", folder.path() / "mounts", 41, false};
  std::string mounts;
};

TEST_F(CgroupPlaceTest, ADelegatedGroupHandsItsControllersOn) {
  CgroupPlace place = found();
  EXPECT_EQ(place.group, mount / "a/b");
  EXPECT_THAT(place.controllers, ElementsAre("cpu", "memory", "pids"));
  EXPECT_TRUE(place.must_move);
  EXPECT_EQ(place.lack, "");
}

TEST_F(CgroupPlaceTest, AMachineWithoutCgroupV2HasNone) {
  put(view.membership, "4:memory:/x\n1:name=systemd:/\n");
  EXPECT_EQ(fault(), "the kernel has no cgroup v2");
  put(view.membership, "");
  EXPECT_EQ(fault(), "the kernel has no cgroup v2");
}

TEST_F(CgroupPlaceTest, OnlyAMountOfVersionTwoCounts) {
  mounts.clear();
  is_mounted("/", mount, "cgroup");
  EXPECT_THAT(fault(), HasSubstr("no cgroup v2 is mounted"));
  // What a broken line says is not looked at.
  put(view.mounts, " - cgroup2 x\n1 2 - cgroup2\n\n");
  EXPECT_THAT(fault(), HasSubstr("no cgroup v2 is mounted"));
}

TEST_F(CgroupPlaceTest, AMountMayShowAPartAlone) {
  mounts.clear();
  is_mounted("/a", folder.path() / "part");
  make_group(folder.path() / "part/b");
  EXPECT_EQ(found().group, folder.path() / "part/b");
  mounts.clear();
  is_mounted("/a/b", folder.path() / "whole\\040name");
  make_group(folder.path() / "whole name");
  EXPECT_EQ(found().group, folder.path() / "whole name");
  mounts.clear();
  is_mounted("/a/bc", folder.path() / "part");
  EXPECT_THAT(fault(), HasSubstr("no cgroup v2 is mounted"));
}

TEST_F(CgroupPlaceTest, TheLastMountIsTheOneThatIsSeen) {
  is_mounted("/", folder.path() / "over");
  make_group(folder.path() / "over/a/b");
  EXPECT_EQ(found().group, folder.path() / "over/a/b");
}

TEST_F(CgroupPlaceTest, AGroupOutsideOfTheNamespaceIsNone) {
  belongs_to("/../a");
  EXPECT_EQ(fault(), "the node's group /../a is outside of its namespace");
}

TEST_F(CgroupPlaceTest, AGroupThatCannotBeWrittenIsNotDelegated) {
  fs::remove(mount / "a/b/cgroup.subtree_control");
  EXPECT_THAT(fault(), HasSubstr("is not delegated to the node, which may not write there"));
}

TEST_F(CgroupPlaceTest, RootNeedsTheMarkOfItsServiceManager) {
  view.is_root = true;
  EXPECT_THAT(fault(), HasSubstr("has not marked it so"));
  // In a namespace of groups, or where nobody manages them, there is none to ask.
  belongs_to("/");
  make_group(mount);
  EXPECT_EQ(found().group, mount);
}

TEST_F(CgroupPlaceTest, OtherProcessesInTheGroupTakeItsBounds) {
  put(mount / "a/b/cgroup.procs", "41\n7\n");
  CgroupPlace place = found();
  EXPECT_THAT(place.controllers, IsEmpty());
  EXPECT_FALSE(place.must_move);
  EXPECT_THAT(place.lack, HasSubstr("other processes share the node's group"));
  // One that this process cannot see.
  put(mount / "a/b/cgroup.procs", "0\n41\n");
  EXPECT_FALSE(found().must_move);
}

TEST_F(CgroupPlaceTest, TheMachinesRootGroupMayHaveProcesses) {
  belongs_to("/");
  make_group(mount);
  fs::remove(mount / "cgroup.type");
  put(mount / "cgroup.procs", "1\n7\n41\n");
  view.is_root = true;
  CgroupPlace place = found();
  EXPECT_FALSE(place.must_move);
  EXPECT_THAT(place.controllers, ElementsAre("cpu", "memory", "pids"));
}

TEST_F(CgroupPlaceTest, WhatAKilledNodeHasLeftIsTakenBack) {
  fs::path group = mount / "a/b";
  put(group / "cgroup.type", "domain threaded\n");
  put(group / "cgroup.subtree_control", "pids cpu\n");
  fs::create_directories(group / "theater-7-0/programs");
  CgroupPlace place = found();
  EXPECT_TRUE(place.is_left);
  EXPECT_TRUE(place.must_move);
  // Another process may have need of them.
  put(group / "cgroup.procs", "41\n7\n");
  EXPECT_THAT(fault(), HasSubstr("is of the type `domain threaded`, which holds no others"));
  put(group / "cgroup.procs", "41\n");
  // A group of another program, or a controller that no node hands on.
  fs::create_directories(group / "other");
  EXPECT_THAT(fault(), HasSubstr("is of the type `domain threaded`, which holds no others"));
  fs::remove(group / "other");
  put(group / "cgroup.subtree_control", "pids cpu io\n");
  EXPECT_THAT(fault(), HasSubstr("is of the type `domain threaded`"));
  put(group / "cgroup.subtree_control", "");
  EXPECT_THAT(fault(), HasSubstr("is of the type `domain threaded`"));
  // A group of threads is no place for processes.
  put(group / "cgroup.subtree_control", "pids\n");
  put(group / "cgroup.type", "threaded\n");
  EXPECT_THAT(fault(), HasSubstr("is of the type `threaded`"));
}

TEST_F(CgroupPlaceTest, NamesTheControllersThatAreMissing) {
  put(mount / "a/b/cgroup.controllers", "pids hugetlb\n");
  EXPECT_THAT(found().controllers, ElementsAre("pids"));
  EXPECT_EQ(found().lack,
            fmt::format("the group {} has no controller memory, cpu", (mount / "a/b").string()));
  // As on a machine that has all of them in hierarchies of version 1.
  put(mount / "a/b/cgroup.controllers", "\n");
  EXPECT_FALSE(found().must_move);
  EXPECT_THAT(found().lack, HasSubstr("memory, pids, cpu"));
}

TEST_F(CgroupPlaceTest, AThreadedGroupHoldsNoOthers) {
  put(mount / "a/b/cgroup.type", "domain threaded\n");
  EXPECT_THAT(fault(), HasSubstr("is of the type `domain threaded`, which holds no others"));
}

TEST(CgroupView, OfThisProcessReadsTheKernelsFiles) {
  CgroupView view = CgroupView::of_this_process();
  EXPECT_EQ(view.process, ::getpid());
  EXPECT_EQ(view.membership, "/proc/self/cgroup");
}

}  // namespace theater::cgroup_place_test
