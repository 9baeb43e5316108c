// The engine: compiles components, joins them to host functions, and gives time to their guests.
//
// One engine serves a process. Guests run on fibers of their own, whose stacks and linear memories
// come from the engine's arenas; at every tick of the epoch clock a running guest gives way. What a
// guest computes depends only on its component, its inputs and the engine's identity, never on
// timing.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/engine/component.h"
#include "theater/engine/guest.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct te_engine;

namespace theater::engine {

class MemoryArena;
class StackArena;

struct EngineOptions {
  // Depth of WebAssembly code; the rest of the fiber's stack is for the binder and leaf host
  // functions.
  size_t wasm_stack_bytes = size_t{128} << 10;
  size_t fiber_stack_bytes = size_t{256} << 10;
  // Address space set aside for memories and for stacks. Reserved, not used, until guests touch it.
  uint64_t memory_reservation_bytes = uint64_t{16} << 40;
  uint64_t stack_reservation_bytes = uint64_t{64} << 30;
  // Compile one component's functions on several threads.
  bool parallel_compilation = true;
};

enum class HostMode : uint8_t {
  kImmediate,  // Answered before the guest continues, on its stack.
  kMayWait,    // May answer later; the guest is parked meanwhile.
};

// One import that the host offers; `function` is the number HostCalls sees.
struct HostBinding {
  FunctionName name;
  HostMode mode = HostMode::kImmediate;
  uint32_t function = 0;
};

// Safe from any thread.
class Engine {
 public:
  static Result<std::unique_ptr<Engine>> create(const EngineOptions& options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Everything that affects what guests compute: version, target, settings. One line of text.
  const std::string& identity() const { return identity_; }

  // Compiles a component from its binary form, or from text (WAT). Slow (milliseconds to seconds):
  // not for a worker. Fails with kInvalidArgument, saying what is wrong with the bytes, or
  // kUnsupported, naming the feature (futures, streams, error-contexts, resources that the host
  // would have to hold).
  Result<std::shared_ptr<const Component>> compile(ByteView source);

  // Compiled code as bytes for a cache: loading them takes a fraction of the compile time. Since
  // they are native code, they carry an authentication code under `key`, and only a holder of the
  // same key loads them. Fails with kCorrupt if the code does not match, kUnsupported if another
  // engine made them.
  Result<Bytes> serialize(const Component& component, ByteView key) const;
  Result<std::shared_ptr<const Component>> load(ByteView cached, ByteView key);

  // Joins a component to the functions it imports. Every import must be among `bindings` (more may
  // be); types are the caller's to compare. Fails with kNotFound naming every import without a
  // binding.
  Result<std::shared_ptr<const Program>> link(std::shared_ptr<const Component> component,
                                              std::span<const HostBinding> bindings);

  // One tick: every running guest gives way at its next loop or function entry.
  void tick();

  MemoryArena& memory_arena() { return *memory_arena_; }
  StackArena& stack_arena() { return *stack_arena_; }

 private:
  Engine() = default;
  Result<std::shared_ptr<const Component>> describe(te_component* handle, const Hash& digest) const;

  std::unique_ptr<MemoryArena> memory_arena_;
  std::unique_ptr<StackArena> stack_arena_;
  te_engine* handle_ = nullptr;
  std::string identity_;
};

// A component's world as WIT text, with all its packages. Takes the binary form or text (WAT), also
// of a component that could not be linked or compiled. Fails with kInvalidArgument if `component`
// is not one.
Result<std::string> print_wit(ByteView component);

// The component's binary form: what its digest is of. Binary input is returned as it is. Fails with
// kInvalidArgument if `component` is text that is not WAT.
Result<Bytes> binary_form(ByteView component);

// Makes a component of a core module that carries component-type sections, as `theater build` links
// it. Fails with kInvalidArgument, saying which import or export does not fit.
Result<Bytes> componentize(ByteView core_module);

// The binary component-type section (custom section contents) that declares world `world` of the
// WIT package given as text files or a folder path; what an SDK embeds. Fails with
// kInvalidArgument.
Result<Bytes> component_type_section(const std::string& wit_path, const std::string& world);

}  // namespace theater::engine
