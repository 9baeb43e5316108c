// A guest: one running instance of a component, seen from the actor that owns it.
//
// A guest is driven by activations. `instantiate` or `call` begins one; `resume` runs it until it
// is done, has used up its slice of time, waits for the host, or has failed. Between two resumes
// the worker is free to run another guest. The guest talks back through HostCalls.
//
// The interface exists twice: Instance runs WebAssembly, and ScriptedGuest (in the test kit) plays
// a part written in C++, so that everything above can be tested without an engine.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/engine/trap.h"
#include "theater/wit/type.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace theater::engine {

// A function by where it stands: "theater:simple/runtime" and "log".
struct FunctionName {
  std::string interface;
  std::string name;

  auto operator<=>(const FunctionName&) const = default;
  std::string to_string() const { return interface + "/" + name; }
};

struct FunctionDecl {
  FunctionName name;
  wit::FuncType type;
};

// What one instance may use. Every bound is recorded, since reaching one is an outcome.
struct Limits {
  uint64_t memory_bytes = uint64_t{64} << 20;   // All linear memories together.
  uint64_t table_elements = 100'000;            // All tables together.
  uint32_t core_instances = 64;                 // Core modules and components inside.
  uint64_t payload_bytes = uint64_t{16} << 20;  // Values crossing in one call, either way.
  uint64_t call_ticks = 10'000;                 // Epoch ticks one activation may be running for.
};

// Where a waiting host call's answer goes. Move-only; dropping it unanswered traps the guest, so
// that nothing waits for ever.
//
// Safe from any thread. Answering makes the guest runnable again (its Waker is called).
class Completion {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    // Both return false if the call was cancelled meanwhile, and nothing happens then.
    virtual bool answer(ByteView result) = 0;
    virtual bool trap(TrapCode code, std::string_view why) = 0;
    // True once the waiting activation has been dropped.
    virtual bool cancelled() const = 0;
  };

  Completion() = default;
  explicit Completion(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}
  ~Completion() {
    if (sink_) sink_->trap(TrapCode::kHostRefused, "the host dropped the call without an answer");
  }
  Completion(Completion&&) = default;
  Completion& operator=(Completion&& other) noexcept {
    Completion dropped(std::move(*this));
    sink_ = std::move(other.sink_);
    return *this;
  }

  bool pending() const { return sink_ != nullptr; }
  bool cancelled() const { return sink_ && sink_->cancelled(); }

  // `result` is the value bytes of the function's result tuple (empty if it has none).
  bool answer(ByteView result) && { return take()->answer(result); }
  bool trap(TrapCode code, std::string_view why) && { return take()->trap(code, why); }

  // Lets go of a completion whose call was answered at once.
  void forget() && { take(); }

 private:
  std::unique_ptr<Sink> take() { return std::move(sink_); }
  std::unique_ptr<Sink> sink_;
};

enum class HostAnswer : uint8_t {
  kDone,   // `result` holds the value bytes of the result.
  kTrap,   // `result` holds the message, as text; the guest traps with kHostRefused.
  kLater,  // The Completion was kept; the guest waits. Only from `call_waiting`.
};

// What a guest calls. One object serves one guest, on the thread that is running `resume`, and for
// a real guest on that guest's small stack: short leaf work only, no blocking, no deep recursion.
class HostCalls {
 public:
  virtual ~HostCalls() = default;

  // Answers a function bound as HostMode::kImmediate. `function` is the binding's number. `args` is
  // valid until it returns; `result` arrives empty and is read before the guest can call again.
  virtual HostAnswer call(uint32_t function, ByteView args, Bytes& result) = 0;

  // The same for HostMode::kMayWait. To answer later, move `completion` away and return kLater.
  virtual HostAnswer call_waiting(uint32_t function, ByteView args, Bytes& result,
                                  Completion& completion) = 0;
};

enum class Progress : uint8_t {
  kDone,     // result() holds what the function returned.
  kYielded,  // The slice of time is over: resume again when it is this guest's turn.
  kWaiting,  // A host call is unanswered: resume after its completion was used.
  kTrapped,  // trap() says why. The guest is never entered again: destroy it.
};

// Not thread-safe, except interrupt(): only the worker that runs the actor's turn may touch it, but
// turns may be on different threads. At most one activation at a time.
class Guest {
 public:
  virtual ~Guest() = default;

  // Begins making the instance (memories, data, start functions). Once, before any call.
  virtual void instantiate() = 0;

  // Begins a call of the program's export number `export_index`. `args` is the value bytes of the
  // parameter tuple and must stay valid until the activation ends. If they do not decode by the
  // function's type, the activation traps with kBadValue.
  virtual void call(uint32_t export_index, ByteView args) = 0;

  // Runs the activation on the calling thread.
  virtual Progress resume() = 0;

  // Value bytes of the result tuple; valid after kDone until the next activation begins.
  virtual ByteView result() const = 0;

  // Valid after kTrapped.
  virtual const Trap& trap() const = 0;

  // Ends the activation, if one is running or begins later, with kKilled at the next tick or entry.
  // Safe from any thread while the guest exists.
  virtual void interrupt() = 0;

  // Bytes of linear memory in use.
  virtual uint64_t memory_bytes() const = 0;
};

// Makes the guest runnable: called when a completion is used, from any thread, never after the
// guest is destroyed. May be called when nothing waits.
class Waker {
 public:
  virtual ~Waker() = default;
  virtual void wake() = 0;
};

// A component joined to the host functions it imports: what guests are made from.
//
// Safe from any thread; shared by all guests made from it.
class Program {
 public:
  virtual ~Program() = default;

  // Functions the component exports, in a fixed order: their positions are the export numbers.
  virtual std::span<const FunctionDecl> exports() const = 0;
  virtual std::optional<uint32_t> find_export(std::string_view interface,
                                              std::string_view name) const = 0;

  // A guest that is not instantiated yet. Runs none of its code. `calls` must outlive the guest.
  // Fails with kResourceExhausted when the host has no room.
  virtual Result<std::unique_ptr<Guest>> make_guest(const Limits& limits, HostCalls& calls,
                                                    std::shared_ptr<Waker> waker) const = 0;
};

}  // namespace theater::engine
