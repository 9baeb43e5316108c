// Components and what they were linked to, kept so that a component is compiled once however many
// actors are spawned from it.
#pragma once

#include "theater/actor/handler/binding.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/runtime/component_loader.h"

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace theater {

// A component that is ready to make guests, with what its handlers give it.
struct ReadyProgram {
  Hash digest;
  std::shared_ptr<const LoadedComponent> component;
  std::shared_ptr<const Binding> binding;
  std::shared_ptr<const engine::Program> program;
  // Whether the runtime has put the component into its blobs, which need not be done for each
  // spawn.
  mutable std::atomic<bool> is_kept = false;
};

// What a caller does about a program that is not ready.
enum class ProgramWait : uint8_t {
  kNone,   // It takes the program only if that is ready.
  kMake,   // It makes the program, unless another thread does.
  kBlock,  // It makes the program, or blocks until the other thread has made it.
};

// Safe from any thread. Of several that ask for one component at a time, one compiles. Failures are
// not kept.
class ProgramCache {
 public:
  static constexpr size_t kProgramsMax = 64;
  // Callbacks that may wait for programs that are being made.
  static constexpr size_t kWaitingMax = 10'000;

  // A program by the component's bytes as given and the handlers, in their order.
  struct Key {
    Hash digest;
    std::vector<std::string> listed;
    auto operator<=>(const Key&) const = default;
  };

  // Both outlive the cache.
  ProgramCache(ComponentLoader& loader, const HandlerSet& handlers)
      : loader_(loader), handlers_(handlers) {}

  // Of the loader: everything that affects what the guests compute.
  const std::string& identity() const { return loader_.identity(); }

  const HandlerSet& handlers() const { return handlers_; }

  // Of a component's bytes as given, binary or text; `listed` are the handlers that the manifest
  // lists.
  static Key key(ByteView bytes, std::vector<std::string> listed);
  // Of a component in its binary form that has this digest.
  static Key key(const Hash& digest, std::vector<std::string> listed);

  // The program of `key`, or null if `wait` does not allow what it takes. `read` gives the
  // component's bytes, and is called only if they have to be compiled. Fails as `read`, loading,
  // binding and linking do.
  using Program = std::shared_ptr<const ReadyProgram>;
  using Read = std::function<Result<Bytes>()>;
  Result<Program> get(const Key& key, const Read& read, ProgramWait wait = ProgramWait::kBlock);

  // Calls `then` once, when the program that a thread is making now is ready or has failed, on that
  // thread. False if no thread makes it, and kResourceExhausted if kWaitingMax wait; `then` is
  // dropped in both cases.
  Result<bool> when_made(const Key& key, std::function<void()> then);

 private:
  using Made = Result<Program>;
  struct Entry {
    std::shared_future<Made> made;
    bool is_ready = false;
    std::vector<std::function<void()>> waiting = {};
  };
  struct Entries {
    std::map<Key, Entry> by_key;
    std::deque<Key> by_age;  // Those that are ready.
    size_t waiting = 0;
  };

  Made make(const Key& key, const Read& read);
  // What waits for it now.
  static std::vector<std::function<void()>> settle(Entries& entries, const Key& key, bool is_made);

  ComponentLoader& loader_;
  const HandlerSet& handlers_;
  Guarded<Entries> entries_;
};

}  // namespace theater
