// Processes behind the wall: what is on record, and what follows from the record.
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/process/process_handler.h"
#include "theater/manifest/grant.h"
#include "theater/sandbox/testing/command_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::process_guest_test {

namespace fs = std::filesystem;
using namespace testing;
using ::testing::HasSubstr;

constexpr const char* kProcess = "theater:simple/process";

struct ProcessGuestTest : ::testing::Test {
  void SetUp() override {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "the thread sanitizer loses count of locks when a child borrows the memory";
#endif
    testing::skip_if_refused();
    give_to_commands(folder.path());
  }

  HandlerSet handlers() {
    HandlerSet all;
    all.push_back(std::make_unique<ProcessHandler>(std::make_shared<ProcessKeeper>(), ""));
    return all;
  }
  ProcessConfig config(const std::string& script) const {
    ProcessConfig made;
    made.program = "sh";
    made.args = {"-c", script};
    made.cwd = fs::canonical(folder.path()).string();
    made.buffer_size = 4096;
    return made;
  }
  // An actor that starts the script in `init`, and keeps what it hears.
  ActorId add(const std::string& script, const std::string& grant) {
    ScriptedComponent component = harness.component([this, script](Play& play) {
      play.call_waiting<SpawnedProcess>(
          kProcess, "os-spawn",
          [this](Play& then, SpawnedProcess id) {
            spawned.with([&](std::vector<SpawnedProcess>& all) { all.push_back(std::move(id)); });
            then.finish(then.state());
          },
          config(script));
    });
    auto hear = [this](Play& play) {
      auto [id, bytes] = play.params<uint64_t, Bytes>();
      heard.with([&](std::string& text) { text.append(bytes.begin(), bytes.end()); });
      play.finish(play.state());
    };
    component.exports(process_exports().out, hear);
    component.exports(process_exports().err, hear);
    component.exports(process_exports().exit, [this](Play& play) {
      auto [id, code] = play.params<uint64_t, int32_t>();
      heard.with([&](std::string& text) { text += fmt::format("exit {}", code); });
      heard.notify_all();
      play.finish(play.state());
    });
    ActorHarness::Options options;
    options.permissions = *parse_grant(grant, "/");
    return harness.add(component, std::move(options));
  }
  void wait_until_idle(const ActorId& id) {
    Guarded<bool> is_idle;
    harness.cell(id)->when_idle([&] {
      is_idle.with([](bool& value) { value = true; });
      is_idle.notify_all();
    });
    is_idle.wait([](bool value) { return value; }, [](bool) {});
  }

  TemporaryFolder folder;
  Guarded<std::vector<SpawnedProcess>> spawned;
  Guarded<std::string> heard;
  WorkerPool pool{2};
  ActorHarness harness{pool, handlers()};
};

TEST_F(ProcessGuestTest, ASpawnIsAnEffectWithANoteAndItsEventsAreCalls) {
  ActorId id = add("echo hello", "process");
  heard.wait([](const std::string& text) { return text.find("exit") != text.npos; },
             [](const std::string& text) { EXPECT_EQ(text, "hello\nexit 0"); });
  wait_until_idle(id);
  pool.stop();
  EXPECT_EQ(harness.outline(id),
            "genesis instance call intent control outcome returned call returned call returned");
  spawned.with([](const auto& all) { EXPECT_EQ(all, std::vector<SpawnedProcess>{3}); });
  for (const auto& [name, part] : harness.cell(id)->holdings().held().value)
    EXPECT_NE(name, "process");
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

TEST_F(ProcessGuestTest, WhatIsNotGrantedIsRefusedOnRecord) {
  ActorId id = add("echo hello", "process:programs=make");
  wait_until_idle(id);
  pool.stop();
  EXPECT_EQ(harness.outline(id), "genesis instance call refused returned");
  spawned.with([](const auto& all) {
    EXPECT_THAT(all.at(0).error(), HasSubstr("Permission denied: process:programs=sh;paths="));
  });
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

}  // namespace theater::process_guest_test
