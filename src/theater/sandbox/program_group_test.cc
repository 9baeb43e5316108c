// Control groups of programs, on a machine that offers them.
#include "theater/sandbox/program_group.h"

#include "theater/base/file.h"
#include "theater/sandbox/borrowed_memory.h"
#include "theater/sandbox/testing/command_fixture.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <fstream>
#include <thread>

namespace theater::program_group_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

__attribute__((no_sanitize("address", "thread"))) void become(const char* const* words) {
  ::close_range(3, ~0u, 0);
  if (!take_default_signals()) ::_exit(1);
  ::execve(words[0], const_cast<char* const*>(words), nullptr);
  ::_exit(127);
}
__attribute__((no_sanitize("address", "thread"))) int become_sleeper(void*) {
  const char* const words[] = {"/bin/sleep", "1000", nullptr};
  become(words);
  return 0;
}
__attribute__((no_sanitize("address", "thread"))) int become_eater(void*) {
  const char* const words[] = {"/usr/bin/python3", "-I", "-c", "bytearray(1 << 28)", nullptr};
  become(words);
  return 0;
}

struct ProgramGroupTest : testing::CommandFixture {
  void SetUp() override {
    CommandFixture::SetUp();
    if (IsSkipped()) return;
    if (!features.groups.offered) GTEST_SKIP() << features.groups.fault;
    const ProgramGroups& own = **ProgramGroups::of_this_process();
    place = own.place();
    // It has moved to a group that has no controllers to hand on, since it holds this process.
    if (place.must_move) place = {own.folder() / "node", {}};
    groups = *ProgramGroups::open(place);
  }
  static BorrowingChild begin_sleeper(const ProgramGroup& group) {
    BorrowingChild child = start_borrowing(become_sleeper, nullptr, 0, group.folder());
    EXPECT_GE(child.id, 0) << std::strerror(child.error);
    return child;
  }
  static int signal_that_ended(const BorrowingChild& child) {
    int status = 0;
    EXPECT_EQ(::waitpid(child.id, &status, 0), child.id);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }
  static size_t count_in(const ProgramGroups& of) {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator(of.folder() / "programs"))
      count += entry.is_directory() ? 1 : 0;
    return count;
  }
  size_t count() const { return count_in(*groups); }
  std::string setting(const ProgramGroup& group, const std::string& name) const {
    return text_of(fmt::format("/proc/self/fd/{}/{}", group.folder(), name));
  }

  CgroupPlace place;
  std::shared_ptr<ProgramGroups> groups;
};

TEST_F(ProgramGroupTest, AProcessBeginsInIt) {
  ProgramGroup group = *groups->make();
  BorrowingChild child = begin_sleeper(group);
  std::string membership = text_of(fmt::format("/proc/{}/cgroup", child.id));
  EXPECT_THAT(membership, HasSubstr(groups->folder().filename().string() + "/programs/"));
  EXPECT_THAT(text_of("/proc/self/cgroup"), Not(HasSubstr("/programs/")));
  group.kill();
  EXPECT_EQ(signal_that_ended(child), SIGKILL);
}

TEST_F(ProgramGroupTest, GoesWithItsProcesses) {
  ProgramGroup group = *groups->make();
  EXPECT_EQ(count(), 1u);
  BorrowingChild child = begin_sleeper(group);
  group.remove();
  EXPECT_EQ(group.folder(), -1);
  EXPECT_EQ(signal_that_ended(child), SIGKILL);
  while (groups->has_left())
    groups->remove_left();
  EXPECT_EQ(count(), 0u);
}

TEST_F(ProgramGroupTest, AnotherOneTakesThePlaceOfTheFirst) {
  ProgramGroup group = *groups->make();
  group = *groups->make();
  EXPECT_EQ(count(), 1u);
  group = ProgramGroup();
  EXPECT_EQ(count(), 0u);
}

TEST_F(ProgramGroupTest, HasBoundsWhereTheControllersAreThere) {
  ProgramGroup group = *groups->make();
  auto has = [&](std::string_view name) {
    return std::ranges::find(groups->place().controllers, name) !=
           groups->place().controllers.end();
  };
  if (!has("memory") && !has("pids")) GTEST_SKIP() << groups->place().lack;
  if (has("pids")) {
    EXPECT_EQ(setting(group, "pids.max"), fmt::format("{}\n", kGroupProcessesMax));
  }
  if (has("memory")) {
    EXPECT_EQ(setting(group, "memory.max"), fmt::format("{}\n", kGroupMemoryMax));
    EXPECT_EQ(setting(group, "memory.oom.group"), "1\n");
  }
}

TEST_F(ProgramGroupTest, AForkBombStopsAtItsBound) {
  if (!features.groups.processes) GTEST_SKIP() << features.groups.fault;
  CommandOutput output = success(run({"python3", "-I", "-c", R"(
import os, signal
count = 0
try:
    while count < 3000:
        if os.fork() == 0:
            signal.pause()
        count += 1
except OSError:
    pass
print(count)
)"}));
  EXPECT_GT(std::stoi(output.out), 900) << output.err;
  EXPECT_LT(std::stoi(output.out), 1024) << output.err;
}

TEST_F(ProgramGroupTest, WhatADeadNodeHasLeftGoesAtTheNextStart) {
  // Such a node has let go of its lock only.
  fs::path left = place.group / fmt::format("theater-left-{}", ::getpid());
  for (const char* name : {"", "programs", "programs/1"})
    ASSERT_EQ(::mkdir((left / name).c_str(), 0755), 0);
  Descriptor inner(::open((left / "programs/1").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  BorrowingChild child = start_borrowing(become_sleeper, nullptr, 0, inner.number());
  ASSERT_GE(child.id, 0);
  {
    Descriptor lock(::open(left.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_EQ(::flock(lock.number(), LOCK_EX | LOCK_NB), 0);
    ASSERT_TRUE(ProgramGroups::open(place));
    EXPECT_TRUE(fs::exists(left)) << "the node that has the lock lives";
  }
  std::thread parent([&] { EXPECT_EQ(signal_that_ended(child), SIGKILL); });
  ASSERT_TRUE(ProgramGroups::open(place));
  parent.join();
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(groups->folder()));
}

TEST_F(ProgramGroupTest, TakesBackTheControllersThatADeadNodeHandedOn) {
  if (!(*ProgramGroups::of_this_process())->place().must_move || !features.groups.processes)
    GTEST_SKIP() << "no group here has controllers to hand on: " << features.groups.fault;
  // So the next node finds its group, with itself in it.
  auto put = [&](const char* name, const std::string& value) {
    std::ofstream(place.group / name) << value;
  };
  put("cgroup.subtree_control", "+pids");
  std::string type = (place.group / "cgroup.type").string();
  ASSERT_EQ(text_of(type), "domain threaded\n");
  EXPECT_FALSE(ProgramGroups::open(place)) << "the kernel starts no process there now";
  ASSERT_EQ(::mkdir((place.group / "theater-left").c_str(), 0755), 0);
  place.is_left = true;
  auto next = ProgramGroups::open(place);
  ASSERT_TRUE(next) << next.error().to_string();
  EXPECT_EQ(text_of(type), "domain\n");
  EXPECT_FALSE(fs::exists(place.group / "theater-left"));
  BorrowingChild child = begin_sleeper(*(*next)->make());
  EXPECT_EQ(signal_that_ended(child), SIGKILL);
}

// All processes of the program, not the one alone that asked for too much.
TEST_F(ProgramGroupTest, WhoNeedsMoreMemoryThanItsBoundIsEndedWhole) {
  const std::vector<std::string>& there = groups->place().controllers;
  if (std::ranges::find(there, "memory") == there.end()) GTEST_SKIP() << groups->place().lack;
  ProgramGroup group = *groups->make();
  std::ofstream(fmt::format("/proc/self/fd/{}/memory.max", group.folder())) << (64 << 20);
  BorrowingChild sleeper = begin_sleeper(group);
  BorrowingChild eater = start_borrowing(become_eater, nullptr, 0, group.folder());
  ASSERT_GE(eater.id, 0) << std::strerror(eater.error);
  EXPECT_EQ(signal_that_ended(eater), SIGKILL);
  EXPECT_EQ(signal_that_ended(sleeper), SIGKILL);
}

TEST_F(ProgramGroupTest, TheGroupsGoWithTheNode) {
  fs::path kept = groups->folder();
  ProgramGroup group = *groups->make();
  BorrowingChild child = begin_sleeper(group);
  group.remove();
  groups.reset();
  EXPECT_FALSE(fs::exists(kept));
  EXPECT_EQ(signal_that_ended(child), SIGKILL);
}

TEST_F(ProgramGroupTest, NoGroupMeansNothing) {
  ProgramGroup none;
  none.kill();
  none.remove();
  EXPECT_EQ(none.folder(), -1);
}

TEST_F(ProgramGroupTest, ACommandLeavesNothingThere) {
  features.namespaces = false;
  const auto& own = ProgramGroups::of_this_process();
  ASSERT_TRUE(own);
  size_t before = count_in(**own);  // A test that kills a fork of this process leaves some.
  std::string word = fmt::format("1001.{}", ::getpid());
  EXPECT_EQ(success(shell("sleep " + word + " & exit 3")).exit_code, 3);
  while (!testing::processes_with(word).empty())
    std::this_thread::yield();
  // Its keeper removes the group, soon and by itself.
  auto deadline = std::chrono::steady_clock::now() + 30s;
  while (count_in(**own) > before && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(1ms);
  EXPECT_LE(count_in(**own), before);
}

}  // namespace theater::program_group_test
