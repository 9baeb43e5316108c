#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/message_server.hpp>
#include <theater/process.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using testing::Host;
using testing::TestActor;

// Runs one program and keeps what it said.
struct Runner {
  int64_t id = 0;
  std::string out;
  std::string err;
  int64_t code = 0;
  THEATER_FIELDS(id, out, err, code)

  uint64_t number() const { return static_cast<uint64_t>(id); }

  Status init(std::string_view) {
    uint64_t made = THEATER_TRY(process::spawn({.program = "cat", .cwd = "/work", .timeout_s = 5}));
    id = static_cast<int64_t>(made);
    THEATER_TRY_VOID(process::write_stdin(made, "hello"));
    return process::close_stdin(made);
  }
  Status handle_stdout(uint64_t, std::string_view bytes) {
    out += bytes;
    return {};
  }
  Status handle_stderr(uint64_t of, std::string_view bytes) {
    err += bytes;
    return process::signal(of, process::Signal::kTerminate);
  }
  Status handle_exit(uint64_t, int32_t exit_code) {
    code = exit_code;
    return {};
  }
};
THEATER_ACTOR(Runner)
THEATER_PROCESS_HANDLERS(Runner)

TEST(Process, ATestPlaysTheProgram) {
  Host::current() = {};
  Host::current().now_ms = 7;
  TestActor<Runner> actor;
  ASSERT_TRUE(actor.init());
  testing::StartedProcess& process = Host::current().processes.at(1);
  EXPECT_EQ(process.config.program, "cat");
  EXPECT_EQ(process.config.cwd, "/work");
  EXPECT_EQ(process.input, "hello");
  EXPECT_TRUE(process.is_input_closed);
  EXPECT_TRUE(process::status(1)->is_running);
  EXPECT_TRUE(actor.process_stdout(1, "hel"));
  EXPECT_TRUE(actor.process_stdout(1, "lo"));
  EXPECT_TRUE(actor.process_stderr(1, "no"));
  EXPECT_THAT(process.signals, ElementsAre(process::Signal::kTerminate));
  EXPECT_TRUE(actor.process_exit(1, process::exit_code_of(process::Signal::kTerminate)));
  EXPECT_EQ(actor.actor()->out, "hello");
  EXPECT_EQ(actor.actor()->err, "no");
  EXPECT_EQ(actor.actor()->code, 143);
  EXPECT_FALSE(actor.process_stdout(1, "late"));
  process::Info info = *process::status(1);
  EXPECT_FALSE(info.is_running);
  EXPECT_EQ(info.exit_code, 143);
  EXPECT_EQ(info.start_time_ms, 7u);
}

TEST(Process, ErrorsAreThoseOfTheHost) {
  Host::current() = {};
  EXPECT_EQ(process::status(3).error(), "Process 3 not found");
  EXPECT_EQ(process::kill(3).error(), "Process 3 not found");
  EXPECT_EQ(process::write_stdin(3, "x").error(), "Process 3 not found or has no stdin");
  uint64_t id = *process::spawn({.program = "cat"});
  EXPECT_TRUE(process::close_stdin(id));
  EXPECT_EQ(process::write_stdin(id, "x").error(), "Process 1 not found or has no stdin");
  EXPECT_EQ(process::close_stdin(id).error(), "Process 1 not found or has no stdin");
  Host::current().on_spawn_process = [](const process::Config& config) -> Status {
    return fail("Permission denied: process:programs=" + config.program);
  };
  EXPECT_EQ(process::spawn({.program = "sh"}).error(), "Permission denied: process:programs=sh");
}

}  // namespace
}  // namespace theater
