// A handler: a capability that the node offers to its actors, such as messages, files or timers.
//
// A Handler is made once for the process and serves every actor; what belongs to one actor is in
// its Session. A handler is active for an actor when the actor's component imports or exports one
// of its interfaces and its manifest lists the handler by name.
#pragma once

#include "theater/actor/handler/holdings.h"
#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"
#include "theater/actor/messaging/export_function.h"
#include "theater/base/result.h"
#include "theater/manifest/capability.h"
#include "theater/manifest/permissions.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// What a handler offers to components and calls in them. Two host functions may share a name if
// their types differ: a component is given the one that it imports.
struct HandlerOffer {
  std::string name;  // As a manifest lists it, such as "message-server".
  std::vector<HostFunction> host_functions = {};
  // Messages name them by address: they live as long as the program.
  std::span<const ExportFunction> export_functions = {};
  // Interfaces without functions that components may import, such as "theater:simple/types".
  std::vector<std::string> type_interfaces = {};
  // Things that one actor may hold through it at a time, such as timers and channels.
  uint32_t handles_max = 0;
};

// Safe from any thread. What the accessors return never changes while the handler exists.
class Handler {
 public:
  virtual ~Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

  std::string_view name() const { return offer_.name; }
  std::span<const HostFunction> host_functions() const { return offer_.host_functions; }
  std::span<const ExportFunction> export_functions() const { return offer_.export_functions; }

  // Interfaces that components may import from it: those of its functions, in their order, and
  // those that only bring types. Without version.
  std::span<const std::string> imports() const { return imports_; }

  // Interfaces of components that it calls, such as "theater:simple/message-server-client".
  std::span<const std::string> exports() const { return exports_; }

  // One actor's part. Called for each instance, in the order of the handlers, before the guest
  // runs. A failure fails the spawn.
  virtual Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const = 0;

  // What it holds for one actor beyond instances; null for a handler that holds nothing.
  virtual std::unique_ptr<Holdings> make_holdings() const { return nullptr; }

  // Called once when an actor that it was active for has ended for good, with no session left, to
  // clean up what outlives instances. On the worker of the actor's last turn: what blocks is a job.
  virtual void actor_ended(const ActorId& id, const Manifest& manifest, JobRunner& jobs) const {
    (void)id, (void)manifest, (void)jobs;
  }

  // Whether an actor with these permissions may use the handler at all. Without that, the node
  // refuses every call of its functions, and calls none of the actor's for it.
  bool is_granted(const Permissions& permissions) const;

  // The grant without which no actor may use it, such as "supervisor" or "custom:rights=dice".
  std::string least_grant() const;

  // HandlerOffer::handles_max.
  uint32_t handles_max() const { return offer_.handles_max; }

  // Whether it is active without being listed.
  virtual bool always_active() const { return false; }

 protected:
  explicit Handler(HandlerOffer offer);

 private:
  HandlerOffer offer_;
  std::optional<Capability> capability_;  // None for a handler that only some builds have.
  std::vector<std::string> imports_;
  std::vector<std::string> exports_;
};

// All handlers of the process, in the order in which sessions are made. Fixed once actors exist.
using HandlerSet = std::vector<std::unique_ptr<const Handler>>;

}  // namespace theater
