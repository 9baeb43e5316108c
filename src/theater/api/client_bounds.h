// How much one client of the API may take at a time, so that it cannot take what others need.
//
// A client is the holder of one token, or one user of the node's socket. Each has bounds of its own
// on requests in flight, streams of events, bytes of bodies in flight, and starts of actors a minute.
// At a bound the client gets 429 with the bound's own code, and a time after which a retry may
// succeed. Its requests in flight, and other clients, are not touched.
#pragma once

#include "theater/api/http/access.h"
#include "theater/api/http/problem.h"
#include "theater/base/guarded.h"

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace theater::api {

struct ClientLimits {
  size_t requests_max;       // Heard, and not answered yet.
  size_t streams_max;        // Of events.
  uint64_t body_bytes_max;   // Of requests whose head has come and that are not answered yet.
  uint64_t starts_a_minute;  // Of actors; as many may come at once.
};

// A token's body bytes have room for one upload of the largest size.
inline constexpr ClientLimits kTokenLimits{256, 256, uint64_t{320} << 20, 120};
// A user of the socket may be many processes.
inline constexpr ClientLimits kUserLimits{2'000, 1'000, uint64_t{1} << 30, 6'000};

// Which bound a client has reached.
struct BoundReached {
  const ProblemKind* kind;
  std::string detail;
  std::chrono::seconds retry_after{1};
};

// The answer to a request that would pass the bound.
HttpAnswer problem(const BoundReached& reached, const std::string& request_id);

// Shared by all that must end before the client has its room back.
using ClientLease = std::shared_ptr<void>;

// Safe from any thread. Leases may outlive it. It keeps an entry for each client that has a lease or
// started an actor within the last minute.
class ClientBounds {
 public:
  using Time = std::chrono::nanoseconds;

  ClientBounds();

  // Take room for what the client begins. `kind` and text of a failure name the bound.
  tl::expected<ClientLease, BoundReached> request(const Identity& who);
  tl::expected<ClientLease, BoundReached> stream(const Identity& who);
  tl::expected<ClientLease, BoundReached> body(const Identity& who, uint64_t bytes);

  // Whether the client may start an actor at `now`, by a steady clock. start() counts one.
  tl::expected<void, BoundReached> may_start(const Identity& who, Time now) {
    return count_start(who, now, 0);
  }
  tl::expected<void, BoundReached> start(const Identity& who, Time now) {
    return count_start(who, now, 1);
  }

 private:
  struct Use {
    uint64_t requests = 0;
    uint64_t streams = 0;
    uint64_t body_bytes = 0;
    double starts = 0;  // How many of the starts of a minute are used up at `since`.
    Time since{0};

    bool is_idle(Time now) const;
  };
  using Uses = std::unordered_map<std::string, Use>;
  // Entries that are idle are removed when there are this many.
  static constexpr size_t kSweptAt = 1'000;

  static Use& use_of(Uses& uses, const std::string& client, Time now);
  tl::expected<ClientLease, BoundReached> take(const Identity& who, uint64_t Use::* what,
                                               uint64_t amount, uint64_t most,
                                               const BoundReached& reached);

  tl::expected<void, BoundReached> count_start(const Identity& who, Time now, double count);

  // Shared with the leases, which may end after the server.
  std::shared_ptr<Guarded<Uses>> uses_;
};

}  // namespace theater::api
