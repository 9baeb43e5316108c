// A guest of guests/handle.wat and the host that answers it, for the benchmark programs.
#pragma once

#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/engine/engine.h"
#include "theater/wit/traits.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "expect.h"

namespace theater::bench {

class QuietHost final : public engine::HostCalls {
 public:
  engine::HostAnswer call(uint32_t, ByteView, Bytes&) override { return engine::HostAnswer::kDone; }
  engine::HostAnswer call_waiting(uint32_t, ByteView, Bytes&,
                                  engine::Completion& completion) override {
    waiting = std::move(completion);
    return engine::HostAnswer::kLater;
  }
  engine::Completion waiting;
};

class NoWaker final : public engine::Waker {
 public:
  void wake() override {}
};

inline std::shared_ptr<const engine::Program> bench_program(engine::Engine& engine,
                                                            const std::string& guests) {
  auto component = expect(engine.compile(expect(read_file(guests + "/handle.wat"))));
  std::vector<engine::HostBinding> bindings = {
      {{"bench:t/host", "log"}, engine::HostMode::kImmediate, 0},
      {{"bench:t/host", "pause"}, engine::HostMode::kMayWait, 1}};
  return expect(engine.link(component, bindings));
}

class Runner {
 public:
  explicit Runner(std::shared_ptr<const engine::Program> program) : program_(std::move(program)) {
    guest_ = expect(program_->make_guest({}, host_, waker_));
    guest_->instantiate();
    finish();
  }

  uint32_t find(std::string_view name) const {
    return program_->find_export("bench:t/api", name).value();
  }

  // One call to its end, answering whatever it waits for.
  ByteView call(uint32_t number, ByteView args) {
    guest_->call(number, args);
    finish();
    return guest_->result();
  }

  static Bytes handle_args(size_t state_size) {
    Bytes args;
    Bytes state(state_size, uint8_t{7});
    Bytes message(std::min<size_t>(state_size, 256), uint8_t{9});
    wit::encode_params(args, std::optional<Bytes>(state), std::tuple<Bytes>(message));
    return args;
  }

 private:
  void finish() {
    for (;;) {
      switch (guest_->resume()) {
        case engine::Progress::kDone:
          return;
        case engine::Progress::kYielded:
          break;
        case engine::Progress::kWaiting:
          std::move(host_.waiting).answer({});
          break;
        case engine::Progress::kTrapped:
          THEATER_CHECK(false, "{}", guest_->trap().to_string());
      }
    }
  }

  std::shared_ptr<const engine::Program> program_;
  QuietHost host_;
  std::shared_ptr<NoWaker> waker_ = std::make_shared<NoWaker>();
  std::unique_ptr<engine::Guest> guest_;
};

}  // namespace theater::bench
