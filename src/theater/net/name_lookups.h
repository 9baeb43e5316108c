// Lookups of names for a loop that must not wait.
//
// The system's lookup of a name blocks a thread, for as long as its servers let it. So lookups run
// on threads of their own, and tell their answer by a callback. The number of such threads is
// bounded, and no asker has more than a few of them: a name server that never answers then holds
// up the names of one asker, not those of all. A lookup that finds no thread waits for its turn.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/id.h"
#include "theater/net/name_lookup.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace theater {

// Safe from any thread. Threads whose lookup has begun outlive the object, and drop its answer.
class NameLookups {
 public:
  static constexpr size_t kThreadsMax = 64;
  static constexpr size_t kThreadsOfAskerMax = 8;
  // Lookups that wait for a thread. One more fails.
  static constexpr size_t kWaitingMax = 10'000;

  using Answer = Result<std::vector<IpAddress>>;
  using Then = std::function<void(Answer)>;
  using Ticket = Ordinal<struct LookupTicketTag>;

  explicit NameLookups(Resolver resolver);
  // No callback runs after this has returned.
  ~NameLookups();
  NameLookups(const NameLookups&) = delete;
  NameLookups& operator=(const NameLookups&) = delete;

  // Calls `then` once, on a thread of a lookup, with the resolver's answer. `then` must not call
  // this object. Fails with kResourceExhausted, and calls nothing, if there is neither a thread nor
  // a place to wait for one.
  Result<Ticket> start(const std::string& asker, const std::string& host, Then then);

  // Gives up a lookup that still waits. One that has begun continues, and answers.
  void withdraw(Ticket ticket);

 private:
  struct Wanted {
    Ticket ticket;
    std::string asker;
    std::string host;
    Then then;
  };
  struct State;
  // Shared with the threads of lookups, which may outlive this object.
  using Shared = std::shared_ptr<Guarded<State>>;

  static void work(const Shared& shared, const Resolver& resolver, Wanted wanted);

  const Resolver resolver_;
  const Shared shared_;
};

}  // namespace theater
