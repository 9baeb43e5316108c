#include "theater/base/own_environment.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace theater::own_environment_test {

bool kernel_shows(const std::string& text) {
  std::ifstream file("/proc/self/environ", std::ios::binary);
  std::string shown{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return shown.find(text) != std::string::npos;
}

// A process that was started with PATH, as this one was, takes it out.
TEST(OwnEnvironment, TakesAVariableOutOfTheMemoryThatTheKernelShows) {
  pid_t child = ::fork();
  if (child == 0) {
    const char* path = ::getenv("PATH");
    if (path == nullptr) ::_exit(1);
    std::string text = std::string("PATH=") + path;
    if (!kernel_shows(text)) ::_exit(2);
    auto value = take_variable("PATH");
    if (value == nullptr || "PATH=" + std::string(value->text()) != text) ::_exit(3);
    if (kernel_shows(text)) ::_exit(4);
    ::_exit(::getenv("PATH") == nullptr ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(OwnEnvironment, HasNoVariableThatIsNotSet) {
  EXPECT_EQ(take_variable("THEATER_OWN_ENVIRONMENT_UNSET"), nullptr);
  ::setenv("THEATER_OWN_ENVIRONMENT_LONGER", "x", 1);
  EXPECT_EQ(take_variable("THEATER_OWN_ENVIRONMENT"), nullptr);
  EXPECT_EQ(take_variable("THEATER_OWN_ENVIRONMENT_LONGER")->text(), "x");
  EXPECT_EQ(take_variable("THEATER_OWN_ENVIRONMENT_LONGER"), nullptr);
}

TEST(OwnEnvironment, TakesTheFirstTextOfANameAndHidesAll) {
  std::string first = "THEATER_TWICE=first";
  std::string second = "THEATER_TWICE=second";
  char* texts[] = {first.data(), second.data(), nullptr};
  char** before = std::exchange(environ, texts);
  auto value = take_variable("THEATER_TWICE");
  environ = before;
  EXPECT_EQ(value->text(), "first");
  EXPECT_EQ(first, std::string("THEATER_TWICE=") + std::string(5, '\0'));
  EXPECT_EQ(second, std::string("THEATER_TWICE=") + std::string(6, '\0'));
}

}  // namespace theater::own_environment_test
