// Components in text form for this module's tests, and the host that answers them.
#pragma once

#include "theater/engine/engine.h"
#include "theater/engine/raw.h"
#include "theater/wit/traits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <theater_engine.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace theater::engine::testing {

// One engine for all tests of a program: making it is slow, and it has no state that tests share.
inline Engine& shared_engine() {
  static std::unique_ptr<Engine> engine = [] {
    auto created = Engine::create();
    EXPECT_TRUE(created) << created.error().to_string();
    return std::move(*created);
  }();
  return *engine;
}

// A core module with a memory of `pages` (text after `memory`), a bump allocator that starts at
// 1024 and is reset by post-return, and `body`; wrapped in a component that exports `run` of
// interface test:t/api with type `type`. `imports` are component-level, `core_imports` go into the
// module.
struct Wat {
  std::string body;
  std::string type = "(func)";
  std::string memory = "1";
  std::string imports;
  std::string core_imports;
  std::string instantiate_with;

  std::string text() const {
    return fmt::format(
        R"((component
  {imports}
  (core module $m
    {core_imports}
    (memory (export "memory") {memory})
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
      (result i32) (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $p) (local.get $size)))
      (loop $more
        (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
          (then
            (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
            (br $more))))
      (local.get $p))
    (func (export "post") (param i32) (global.set $top (i32.const 1024)))
    {body})
  (core instance $i (instantiate $m {instantiate_with}))
  (type $run {type})
  (func $run (type $run) (canon lift (core func $i "run") (memory (core memory $i "memory"))
    (realloc (core func $i "realloc")) {post}))
  (instance $api (export "run" (func $run)))
  (export "test:t/api" (instance $api))))",
        fmt::arg("imports", imports), fmt::arg("core_imports", core_imports),
        fmt::arg("memory", memory), fmt::arg("body", body), fmt::arg("type", type),
        fmt::arg("instantiate_with", instantiate_with),
        fmt::arg("post", post_return ? "(post-return (core func $i \"post\"))" : ""));
  }

  bool post_return = false;
};

// The binary form of a component's text.
inline Bytes binary_of(const std::string& wat) {
  te_buffer buffer{};
  te_error* error =
      te_wat_to_binary({reinterpret_cast<const uint8_t*>(wat.data()), wat.size()}, &buffer);
  if (error != nullptr) {
    ADD_FAILURE() << raw::failure(error).value().to_string();
    return {};
  }
  Bytes binary(buffer.data, buffer.data + buffer.size);
  te_buffer_delete(&buffer);
  return binary;
}

// Answers every call with what the test said.
class ScriptedHost final : public HostCalls {
 public:
  std::function<HostAnswer(uint32_t, ByteView, Bytes&)> on_call = [](uint32_t, ByteView, Bytes&) {
    return HostAnswer::kDone;
  };
  std::function<HostAnswer(uint32_t, ByteView, Bytes&, Completion&)> on_waiting =
      [](uint32_t, ByteView, Bytes&, Completion&) { return HostAnswer::kDone; };

  HostAnswer call(uint32_t function, ByteView args, Bytes& result) override {
    return on_call(function, args, result);
  }
  HostAnswer call_waiting(uint32_t function, ByteView args, Bytes& result,
                          Completion& completion) override {
    return on_waiting(function, args, result, completion);
  }
};

class CountingWaker final : public Waker {
 public:
  void wake() override { ++count; }
  std::atomic<int> count{0};
};

// A program from text, with every import bound: names in `waiting` may wait.
inline std::shared_ptr<const Program> make_program(Engine& engine, const std::string& wat,
                                                   HostMode mode = HostMode::kImmediate) {
  auto component = engine.compile(as_bytes(wat));
  EXPECT_TRUE(component) << component.error().to_string();
  if (!component) return nullptr;
  std::vector<HostBinding> bindings;
  for (const FunctionDecl& import : (*component)->imports()) {
    bindings.push_back({import.name, mode, static_cast<uint32_t>(bindings.size())});
  }
  auto program = engine.link(*component, bindings);
  EXPECT_TRUE(program) << program.error().to_string();
  return program ? *program : nullptr;
}

// A guest that is instantiated and ready to be called.
struct Running {
  std::shared_ptr<const Program> program;
  std::unique_ptr<ScriptedHost> host = std::make_unique<ScriptedHost>();
  std::shared_ptr<CountingWaker> waker = std::make_shared<CountingWaker>();
  std::unique_ptr<Guest> guest;
  Bytes args;

  Running(Engine& engine, const std::string& wat, const Limits& limits = {},
          HostMode mode = HostMode::kImmediate)
      : program(make_program(engine, wat, mode)) {
    guest = program->make_guest(limits, *host, waker).value();
  }

  // Runs an activation to its end, ticking when it yields, so that limits are reached without a
  // clock.
  Progress finish() {
    for (;;) {
      Progress progress = guest->resume();
      if (progress != Progress::kYielded) return progress;
    }
  }
  Progress instantiate() {
    guest->instantiate();
    return finish();
  }
  void begin(ByteView call_args) {
    args = to_bytes(call_args);
    guest->call(program->find_export("test:t/api", "run").value(), args);
  }
  Progress call(ByteView call_args) {
    begin(call_args);
    return finish();
  }
};

}  // namespace theater::engine::testing
