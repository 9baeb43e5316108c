// One actor's part of the supervisor: the logic of its functions.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Used by one actor's turn only. Owns nothing: children are the actor's.
class SupervisorSession final : public Session {
 public:
  explicit SupervisorSession(const SessionContext& context)
      : actor_(context.actor), permissions_(context.permissions) {}

  Refusal refusal() const;

  void spawn(std::string manifest, std::optional<Bytes> init_bytes, SpawnReply reply) const;
  // The child continues from `state`.
  void resume(std::string manifest, std::optional<Bytes> state, SpawnReply reply) const;
  void restart_child(std::string_view id, RestartReply reply) const;
  void stop_child(std::string_view id, StopReply reply) const;
  std::vector<std::string> list_children() const;
  void child_state(std::string_view id, StateReply reply) const;
  void child_events(std::string_view id, EventsReply reply) const;

 private:
  ActorContext& actor_;
  const Permissions& permissions_;
};

}  // namespace theater
