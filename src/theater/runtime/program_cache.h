// Components and what they were linked to, kept so that a component is compiled once however many
// actors are spawned from it.
#pragma once

#include "theater/actor/handler/binding.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/runtime/component_loader.h"

#include <atomic>
#include <cstddef>
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

// Safe from any thread. Of several that ask for one component at a time, one compiles and the
// others wait for it. Failures are not kept.
class ProgramCache {
 public:
  static constexpr size_t kProgramsMax = 64;

  // Both outlive the cache.
  ProgramCache(ComponentLoader& loader, const HandlerSet& handlers)
      : loader_(loader), handlers_(handlers) {}

  // Of the loader: everything that affects what the guests compute.
  const std::string& identity() const { return loader_.identity(); }

  const HandlerSet& handlers() const { return handlers_; }

  // `bytes` as given, binary or text; `listed` are the handlers that the manifest lists. Fails as
  // loading, binding and linking do.
  Result<std::shared_ptr<const ReadyProgram>> get(ByteView bytes, std::vector<std::string> listed);

  // The same of a component in its binary form that has this digest; `read` gives its bytes, and is
  // only called if it is not there.
  using Read = std::function<Result<Bytes>()>;
  Result<std::shared_ptr<const ReadyProgram>> get(const Hash& digest, const Read& read,
                                                  std::vector<std::string> listed);

 private:
  using Made = Result<std::shared_ptr<const ReadyProgram>>;
  using Key = std::pair<Hash, std::vector<std::string>>;  // Of the bytes as given.
  struct Entries {
    std::map<Key, std::shared_future<Made>> by_key;
    std::deque<Key> by_age;
  };

  // `make` is called with the handlers in their order, if it is not there.
  template <class Make>
  Made find_or_make(const Hash& digest, std::vector<std::string> listed, const Make& make);
  Made make(ByteView bytes, const std::vector<std::string>& listed);

  ComponentLoader& loader_;
  const HandlerSet& handlers_;
  Guarded<Entries> entries_;
};

}  // namespace theater
