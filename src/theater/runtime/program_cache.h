// Keeps components with what they were linked to, so that a node compiles each component once,
// whatever number of actors it spawns from it.
//
// One thread makes a program. All others that want it stand in one bounded list, and the making
// thread gives each of them the result: it calls their callbacks, or wakes them if they block.
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
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace theater {

// A component that is ready to make guests, linked to the functions of its handlers.
struct ReadyProgram {
  Hash digest;
  std::shared_ptr<const LoadedComponent> component;
  std::shared_ptr<const Binding> binding;
  std::shared_ptr<const engine::Program> program;
  // Whether the runtime has put the component into its blobs. A later spawn need not do it again.
  mutable std::atomic<bool> is_kept = false;
};

// The action of a caller if a program is not ready.
enum class ProgramWait : uint8_t {
  kNone,   // It takes the program only if that is ready.
  kMake,   // It makes the program, unless another thread does.
  kBlock,  // It makes the program, or blocks until the other thread has made it.
};

// Safe from any thread. The cache does not keep failures.
class ProgramCache {
 public:
  static constexpr size_t kProgramsMax = 64;
  // The most callers that may wait for programs, blocked threads included.
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

  // The program of `key`, or null if it is not ready and `wait` does not allow what it takes. Calls
  // `read` for the component's bytes only if it must compile them. Fails as `read`, loading,
  // binding and linking do. With kBlock it fails as the other thread did, or with
  // kResourceExhausted if kWaitingMax wait.
  using Program = std::shared_ptr<const ReadyProgram>;
  using Read = std::function<Result<Bytes>()>;
  Result<Program> get(const Key& key, const Read& read, ProgramWait wait = ProgramWait::kBlock);

  // Calls `then` once, when the program that a thread is making now is ready or has failed, on that
  // thread. False if no thread makes it, and kResourceExhausted if kWaitingMax wait; both drop
  // `then`.
  Result<bool> when_made(const Key& key, std::function<void()> then);

  // The number of callers that wait now.
  size_t waiting() const {
    return entries_.with([](const Entries& entries) { return entries.waiting; });
  }

 private:
  using Made = Result<Program>;
  using Waiting = std::function<void(const Made&)>;
  struct Entry {
    Program program;  // Null while a thread makes it.
    std::vector<Waiting> waiting = {};
  };
  struct Entries {
    std::map<Key, Entry> by_key;
    std::deque<Key> by_age;  // The keys of programs that are ready.
    size_t waiting = 0;
  };

  Made make(const Key& key, const Read& read);
  static Result<void> wait_for(Entries& entries, Entry& entry, Waiting then);
  // Stores the result, and returns the callers that waited for it.
  static std::vector<Waiting> settle(Entries& entries, const Key& key, const Made& made);

  ComponentLoader& loader_;
  const HandlerSet& handlers_;
  Guarded<Entries> entries_;
};

}  // namespace theater
