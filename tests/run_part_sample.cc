// Tests that end in each way that a test can end, for run_part_test.py.
#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

TEST(Ending, Passes) {}

TEST(Ending, Fails) {
  EXPECT_EQ(1, 2) << "the reason";
}

TEST(Ending, IsSkipped) {
  GTEST_SKIP() << "no network";
}

TEST(Ending, Aborts) {
  std::fputs("last words", stderr);
  std::abort();
}

TEST(Ending, Exits) {
  std::exit(0);
}

TEST(Ending, DISABLED_NeverRuns) {
  FAIL();
}

// Its child holds the pipe of the program's output after the program ended.
TEST(Ending, LeavesAChild) {
  if (fork() == 0) {
    std::this_thread::sleep_for(std::chrono::seconds(20));
    _exit(0);
  }
}

class Number : public testing::TestWithParam<int> {};

TEST_P(Number, IsOdd) {
  std::printf("a line without an end");
  EXPECT_EQ(GetParam() % 2, 1);
}

INSTANTIATE_TEST_SUITE_P(Some, Number, testing::Values(1, 2));

TEST(Lasting, Hangs) {
  std::this_thread::sleep_for(std::chrono::seconds(60));
}

// As a leak does that a sanitizer finds when the program ends.
TEST(Lasting, LeaksAtTheEnd) {
  std::atexit([] { _exit(23); });
}

}  // namespace
