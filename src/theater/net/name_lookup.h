// Lookups of names that end in time.
//
// The system's own lookup of a name cannot be interrupted, and takes as long as its servers let it.
// So each has a thread to itself, and whoever waits for it goes on when its time has come: the
// thread ends by itself when the system is done, and its answer is dropped. That such threads do
// not pile up behind a server that never answers, there is a bound on them.
#pragma once

#include "theater/base/result.h"
#include "theater/net/address.h"

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace theater {

// The addresses of a name; may block as long as it likes, and is called on a thread of its own,
// which may outlive whoever asked. Fails with kNotFound (there is no such host) or kUnavailable.
using Resolver = std::function<Result<std::vector<IpAddress>>(const std::string& name)>;

// The system's: /etc/hosts, DNS and what else it is set up for.
Result<std::vector<IpAddress>> resolve_by_system(const std::string& name);

// How many lookups of this process may be under way; more are refused.
inline constexpr int kLookupsMax = 64;

// Blocks until `end` at most. A host that is an address is its own answer, without a lookup. Fails
// as the resolver does, and with kDeadlineExceeded, kCancelled (`stop`) or kResourceExhausted. Safe
// from any thread.
Result<std::vector<IpAddress>> look_up(const std::string& host, const Resolver& resolver,
                                       std::chrono::steady_clock::time_point end,
                                       const std::stop_token& stop);

}  // namespace theater
