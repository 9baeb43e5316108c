// What one actor has of a handler, and what a handler may do with that actor.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/clock.h"
#include "theater/base/id.h"
#include "theater/log/chain.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/permissions.h"

#include <tl/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// One actor's part of a handler: it owns the handles (servers, processes, channels, timers) that
// the handler gave to this actor's instance, and nothing of another actor's.
//
// Made when an instance is made and destroyed with it, on every path; the destructor ends and frees
// whatever is open, and must not wait. Only the worker that runs the actor's turn touches it.
class Session {
 public:
  virtual ~Session() = default;
};

// The actor as its own sessions see it. Only for the worker that runs the actor's turn, which is
// the thread that host functions are called on.
class ActorPort {
 public:
  virtual ~ActorPort() = default;

  virtual const ActorId& id() const = 0;
  virtual const std::string& name() const = 0;

  // The actor's own chain; during a host function, the chain before that call.
  virtual const log::Chain& chain() const = 0;

  // Ids of the requests that the actor has taken and not answered, oldest first.
  virtual std::vector<std::string> open_requests() const = 0;

  // Ends the actor when the current call has returned. `data` is for its parent. The first call
  // wins.
  virtual void end_after_call(std::optional<Bytes> data) = 0;

  // Adds to a metric of the actor's own (metrics.h). Fails, with a text for the guest, if it has
  // too many.
  virtual tl::expected<void, std::string> record_metric(std::string_view name, double value) = 0;
};

// What a session is made from. The references outlive the session.
struct SessionContext {
  ActorPort& actor;
  const Manifest& manifest;
  const Permissions& permissions;  // What the actor may do, after policy.
  const Clock& clock;
};

}  // namespace theater
