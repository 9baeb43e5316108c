// One session of the handler `process` with real programs. The test is the guest: it takes one call
// of a handler at a time, and the next one comes when it has.
#pragma once

#include "theater/actor/scheduling/job_runner.h"
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/base/file.h"
#include "theater/base/guarded.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/process/process_handler.h"
#include "theater/handlers/testing/handler_fixture.h"
#include "theater/manifest/grant.h"
#include "theater/sandbox/testing/command_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater::testing {

// A call of the guest, as a test reads it.
struct ProcessEvent {
  std::string function;
  uint64_t id = 0;
  std::string text;  // Of an output.
  int32_t exit_code = 0;
};

// Calls of the guest, which come from the keeper's thread.
class LaterCalls final : public GuestCalls {
 public:
  bool exports(const ExportFunction& function) const override {
    return missing != function.name.name;
  }
  tl::expected<void, std::string> call(const ExportFunction& function, Bytes params, ReplyTo::Reach,
                                       ReplyTo::Answered answered, CallWatch) override {
    bool is_taken = calls_.with([&](Calls& calls) {
      if (calls.refusals > 0) {
        --calls.refusals;
        return false;
      }
      calls.made.push_back({&function, std::move(params), std::move(answered)});
      return true;
    });
    calls_.notify_all();
    if (!is_taken) return tl::unexpected(std::string("full"));
    return {};
  }
  std::shared_ptr<void> expect() override {
    ++expected;
    return std::shared_ptr<void>(nullptr, [this](void*) { --expected; });
  }
  std::shared_ptr<void> expect_more() override { return nullptr; }

  // Waits for the next call, and returns from it.
  ProcessEvent next() {
    Made made = calls_.wait([](const Calls& calls) { return !calls.made.empty(); },
                            [](Calls& calls) {
                              Made first = std::move(calls.made.front());
                              calls.made.pop_front();
                              return first;
                            });
    ProcessEvent event{made.function->name.name};
    if (event.function == "handle-exit") {
      auto [id, code] = *wit::decode<std::tuple<uint64_t, int32_t>>(made.params);
      event.id = id;
      event.exit_code = code;
    } else {
      auto [id, bytes] = *wit::decode<std::tuple<uint64_t, Bytes>>(made.params);
      event.id = id;
      event.text.assign(bytes.begin(), bytes.end());
    }
    made.answered({Bytes(), std::nullopt});
    return event;
  }
  bool empty() const {
    return calls_.with([](const Calls& calls) { return calls.made.empty(); });
  }
  void refuse(int times) {
    calls_.with([&](Calls& calls) { calls.refusals = times; });
  }
  void forget() {
    auto made = calls_.with([](Calls& calls) { return std::exchange(calls.made, {}); });
  }

  std::string missing;  // The name of a function that the guest does not export.
  std::atomic<int> expected{0};

 private:
  struct Made {
    const ExportFunction* function;
    Bytes params;
    ReplyTo::Answered answered;
  };
  struct Calls {
    std::deque<Made> made;
    int refusals = 0;
  };
  Guarded<Calls> calls_;
};

struct ProcessActor final : FakeActor {
  std::shared_ptr<GuestCalls> guest_calls() override { return later; }
  std::shared_ptr<LaterCalls> later = std::make_shared<LaterCalls>();
};

struct ProcessAnswer final : ReplySink {
  void answered(CallAnswer answer) override {
    result.with([&](std::optional<Bytes>& value) { value = std::move(answer.result); });
    result.notify_all();
  }
  Guarded<std::optional<Bytes>> result;
};

struct ProcessFixture : ::testing::Test {
  template <class T>
  using Said = tl::expected<T, std::string>;

  ProcessFixture() {
    std::filesystem::create_directories(given / "inner");
    std::filesystem::create_directories(home);
    put(home / "key", "outside");
    allow("process:paths=" + given.string());
    config.program = "sh";
    config.cwd = given.string();
    config.buffer_size = 4096;
  }
  ~ProcessFixture() override {
    session_.reset();
    actor.later->forget();
  }

  void SetUp() override {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "the thread sanitizer loses count of locks when a child borrows the memory";
#endif
    // Only here, because it makes such a child too.
    features = SandboxFeatures::of_machine();
    skip_if_refused();
  }

  static void put(const std::filesystem::path& path, std::string_view text) {
    ASSERT_TRUE(write_file(path, as_bytes(text)));
  }
  static std::string text_of(const std::filesystem::path& path) {
    return read_text_file(path).value_or("nothing");
  }
  void allow(const std::string& grant) { permissions = *parse_grant(grant, "/"); }

  ProcessSession& session() {
    if (!session_) {
      give_to_commands(folder.path());
      session_ = *handler->make_session({.actor = actor,
                                         .manifest = manifest,
                                         .permissions = permissions,
                                         .clock = clock,
                                         .timers = timers,
                                         .jobs = jobs,
                                         .command_user = command_user,
                                         .private_hosts = &private_hosts});
    }
    return static_cast<ProcessSession&>(*session_);
  }

  const HostFunction& function(const std::string& name) const {
    for (const HostFunction& one : handler->host_functions()) {
      if (one.name.name == name) return one;
    }
    THEATER_CHECK(false, "{}", name);
    std::abort();
  }
  Refusal refusal(const ProcessConfig& of) {
    Bytes encoded;
    wit::encode_params(encoded, of);
    return function("os-spawn").refusal(session(), encoded);
  }
  Said<uint64_t> spawn() {
    if (Refusal why = refusal(config)) return tl::unexpected("refused: " + *why);
    ++actor.intent_value;
    Bytes encoded;
    wit::encode_params(encoded, config);
    auto sink = std::make_shared<ProcessAnswer>();
    std::get<HostFunction::Waiting>(function("os-spawn").body)(session(), encoded,
                                                               RawResponder(sink, 1));
    Bytes result = sink->result.wait([](const auto& value) { return value.has_value(); },
                                     [](const auto& value) { return *value; });
    return *wit::decode<Said<uint64_t>>(result);
  }
  uint64_t begin() {
    Said<uint64_t> id = spawn();
    EXPECT_TRUE(id) << id.error();
    return id.value_or(0);
  }
  uint64_t script(const std::string& text) {
    config.program = "sh";
    config.args = {"-c", text};
    return begin();
  }
  std::string failure_of(std::string program, std::vector<std::string> args = {}) {
    config.program = std::move(program);
    config.args = std::move(args);
    Said<uint64_t> id = spawn();
    return id ? "it ran" : id.error();
  }

  template <class R, class... Args>
  R call(const std::string& name, const Args&... args) {
    Bytes encoded;
    wit::encode_params(encoded, args...);
    Bytes result;
    std::get<HostFunction::Immediate>(function(name).body)(session(), encoded, result);
    for (auto& output : std::exchange(actor.outputs, {}))
      output(std::nullopt);
    return *wit::decode<R>(result);
  }
  Said<uint32_t> write(uint64_t id, std::string_view text) {
    return call<Said<uint32_t>>("os-write-stdin", id, to_bytes(text));
  }
  Said<void> signal(uint64_t id, uint32_t number) {
    return call<Said<void>>("os-signal", id, number);
  }
  Said<void> kill(uint64_t id) { return call<Said<void>>("os-kill", id); }
  Said<ProcessStatus> status(uint64_t id) { return call<Said<ProcessStatus>>("os-status", id); }

  // All output of the process that ends next, and how it ended.
  struct End {
    std::string out;
    std::string err;
    std::vector<std::string> pieces;  // Of stdout.
    int32_t exit_code = 0;
  };
  End end() {
    End end;
    for (;;) {
      ProcessEvent event = actor.later->next();
      if (event.function == "handle-exit") {
        end.exit_code = event.exit_code;
        return end;
      }
      if (event.function == "handle-stdout") {
        end.out += event.text;
        end.pieces.push_back(event.text);
      } else {
        end.err += event.text;
      }
    }
  }

  TemporaryFolder folder;
  std::filesystem::path given = std::filesystem::canonical(folder.path()) / "given";
  std::filesystem::path home = std::filesystem::canonical(folder.path()) / "home";
  Manifest manifest;
  Permissions permissions;
  std::optional<SystemUser> command_user;
  HostList private_hosts;
  ProcessConfig config;
  ManualClock clock;
  ThreadTimers timers;
  ThreadJobs jobs{"jobs", 2, 100};
  ProcessActor actor;
  std::shared_ptr<ProcessKeeper> keeper = std::make_shared<ProcessKeeper>();
  SandboxFeatures features;
  std::unique_ptr<ProcessHandler> handler = std::make_unique<ProcessHandler>(keeper, home);
  std::unique_ptr<Session> session_;
};

}  // namespace theater::testing
