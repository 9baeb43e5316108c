#include "theater/handlers/http_client/secret_values.h"

#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace theater::secret_values_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Kind = SecretSource::Kind;

constexpr std::string_view kValue = "sk-0123456789abcdef";

SecretRule rule_of(std::string name, SecretSource source) {
  SecretRule rule;
  rule.name = std::move(name);
  rule.source = std::move(source);
  return rule;
}

struct SecretValuesTest : ::testing::Test {
  fs::path file(std::string_view name = "key") const { return folder.path() / name; }
  void put(std::string_view text, std::string_view name = "key") const {
    ASSERT_TRUE(write_file(file(name), as_bytes(text), FileMode::kPrivate));
  }
  SecretRule file_rule(std::string_view name = "key") const {
    return rule_of(std::string(name), {Kind::kFile, file(name).string()});
  }
  void open(std::vector<SecretRule> rules) {
    auto opened = SecretValues::open(rules, clock);
    ASSERT_TRUE(opened) << opened.error().to_string();
    values = *std::move(opened);
  }
  std::string open_error(std::vector<SecretRule> rules) {
    auto opened = SecretValues::open(rules, clock);
    return opened ? "" : opened.error().to_string();
  }
  std::string value(std::string_view name = "key") const {
    Result<SecretValue> found = values->value(name);
    return found ? std::string((*found)->text()) : "error: " + found.error().to_string();
  }
  // Looks again as a request does.
  void prepare() {
    bool prepared = false;
    values->prepare(jobs, [&] { prepared = true; });
    scheduler.run();
    EXPECT_TRUE(prepared);
  }

  TemporaryFolder folder;
  SeededScheduler scheduler{1};
  ManualClock& clock = scheduler.clock();
  SchedulerJobs jobs{scheduler, 100};
  std::shared_ptr<SecretValues> values;
};

TEST_F(SecretValuesTest, ReadsFilesWithoutTheLineBreakAtTheirEnd) {
  std::vector<SecretRule> rules;
  for (std::string end : {"", "\n", "\r\n"}) {
    std::string name = fmt::format("key{}", end.size());
    put(std::string(kValue) + end, name);
    rules.push_back(file_rule(name));
  }
  open(rules);
  for (const SecretRule& rule : rules)
    EXPECT_EQ(value(rule.name), kValue);
}

TEST_F(SecretValuesTest, TakesAVariableOutOfTheEnvironment) {
  ::setenv("THEATER_SECRET_TEST", std::string(kValue).c_str(), 1);
  SecretRule rule = rule_of("x", {Kind::kEnvironment, "THEATER_SECRET_TEST"});
  EXPECT_EQ(SecretValues::problem_with(rule.source), std::nullopt);
  open({rule});
  EXPECT_EQ(value("x"), kValue);
  EXPECT_EQ(::getenv("THEATER_SECRET_TEST"), nullptr);
  EXPECT_EQ(SecretValues::problem_with(rule.source), "the variable is not set");
}

TEST_F(SecretValuesTest, ReadsCredentialsOfSystemd) {
  put(kValue);
  SecretRule rule = rule_of("x", {Kind::kCredential, "key"});
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_THAT(open_error({rule}), HasSubstr("the node has no $CREDENTIALS_DIRECTORY"));
  ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
  open({rule});
  EXPECT_EQ(value("x"), kValue);
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(SecretValuesTest, NamesEverySecretWithoutAGoodValueAndShowsNone) {
  put("short-value-15b", "short");
  put(std::string(SecretValues::kSizeMax + 1, 'x'), "long");
  put("one-line-of-a-secret\nanother line", "lines");
  put("a\ttab-in-a-secret-value", "tab");
  std::string said =
      open_error({file_rule("short"), file_rule("long"), file_rule("lines"), file_rule("tab"),
                  file_rule("absent"), rule_of("unset", {Kind::kEnvironment, "THEATER_NOT_SET"})});
  EXPECT_THAT(said, HasSubstr(fmt::format("secret `short` (file {}): it has 15 bytes, and a secret "
                                          "has at least 16",
                                          file("short").string())));
  EXPECT_THAT(said, HasSubstr("it has more than 8192 bytes"));
  EXPECT_THAT(said, HasSubstr("secret `lines`"));
  EXPECT_THAT(said, HasSubstr("secret `tab`"));
  EXPECT_THAT(said, HasSubstr("secret `absent`"));
  EXPECT_THAT(said, HasSubstr("secret `unset` (variable THEATER_NOT_SET): "));
  for (const char* part : {"short-value", "one-line", "in-a-secret"})
    EXPECT_THAT(said, ::testing::Not(HasSubstr(part)));
  put(std::string(SecretValues::kSizeMax, 'x') + "\r\n", "long");
  put("exactly-16-bytes", "short");
  EXPECT_EQ(open_error({file_rule("short"), file_rule("long")}), "");
}

TEST_F(SecretValuesTest, AreReadAgainOnceASecondAtMost) {
  put(kValue);
  open({file_rule()});
  SecretValue before = *values->value("key");
  put("another-value-of-it");
  prepare();
  EXPECT_EQ(value(), kValue) << "not a second has passed";
  clock.advance(std::chrono::seconds(1));
  prepare();
  EXPECT_EQ(value(), "another-value-of-it");
  EXPECT_EQ(before->text(), kValue) << "a request that is under way keeps its value";
  // A value that is the same stays the same object.
  SecretValue now = *values->value("key");
  clock.advance(std::chrono::seconds(1));
  prepare();
  EXPECT_EQ(*values->value("key"), now);
}

TEST_F(SecretValuesTest, AreGoneWithTheirFileAndComeBackWithIt) {
  put(kValue);
  open({file_rule()});
  fs::remove(file());
  clock.advance(std::chrono::seconds(1));
  prepare();
  EXPECT_THAT(value(), HasSubstr("the secret `key` has no value now (file "));
  put("short");
  clock.advance(std::chrono::seconds(1));
  prepare();
  EXPECT_THAT(value(), HasSubstr("it has 5 bytes"));
  put(kValue);
  clock.advance(std::chrono::seconds(1));
  prepare();
  EXPECT_EQ(value(), kValue);
  EXPECT_THAT(value("other"), HasSubstr("no value of the secret `other`"));
}

TEST_F(SecretValuesTest, CallersShareOneLook) {
  put(kValue);
  open({file_rule()});
  clock.advance(std::chrono::seconds(1));
  size_t called = 0;
  SchedulerJobs one(scheduler, 1);
  for (int i = 0; i < 10; ++i)
    values->prepare(one, [&] { ++called; });
  EXPECT_EQ(called, 0u);
  scheduler.run();
  EXPECT_EQ(called, 10u);
}

TEST_F(SecretValuesTest, ACallerDoesNotWaitWhereJobsHaveNoRoom) {
  put(kValue);
  open({file_rule()});
  SchedulerJobs none(scheduler, 0);
  put("another-value-of-it");
  clock.advance(std::chrono::seconds(1));
  bool called = false;
  values->prepare(none, [&] { called = true; });
  EXPECT_TRUE(called);
  EXPECT_EQ(value(), kValue);
  prepare();
  EXPECT_EQ(value(), "another-value-of-it");
}

TEST_F(SecretValuesTest, ThreadsSeeAWholeValueWhileItIsRotated) {
  put(kValue);
  open({file_rule()});
  ThreadJobs threads("secrets", 2, 100);
  std::atomic<size_t> prepared{0};
  std::atomic<bool> done{false};
  std::atomic<bool> torn{false};
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      while (!done.load()) {
        clock.advance(std::chrono::seconds(1));
        values->prepare(threads, [&] { ++prepared; });
        Result<SecretValue> now = values->value("key");
        bool is_whole =
            now && (*now)->size() == 1000 && (*now)->text() == std::string(1000, (*now)->text()[0]);
        if (!is_whole && !(now && (*now)->text() == kValue)) torn = true;
      }
    });
  }
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    put(std::string(1000, letter));
    size_t before = prepared.load();
    while (prepared.load() < before + 10)
      std::this_thread::yield();
  }
  done = true;
  for (std::thread& caller : callers)
    caller.join();
  threads.stop();
  EXPECT_FALSE(torn);
}

TEST_F(SecretValuesTest, NeedNoLookWithoutFiles) {
  ::setenv("THEATER_SECRET_TEST", std::string(kValue).c_str(), 1);
  open({rule_of("x", {Kind::kEnvironment, "THEATER_SECRET_TEST"})});
  clock.advance(std::chrono::seconds(10));
  bool called = false;
  values->prepare(jobs, [&] { called = true; });
  EXPECT_TRUE(called);
}

}  // namespace theater::secret_values_test
