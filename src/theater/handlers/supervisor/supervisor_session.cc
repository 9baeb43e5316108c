#include "theater/handlers/supervisor/supervisor_session.h"

#include <utility>

namespace theater {

namespace {

// The id; or none, and `reply` has been answered.
template <class ReplyType>
std::optional<ActorId> parse_id(std::string_view id, ReplyType& reply) {
  Result<ActorId> child = ActorId::parse(id);
  if (child) return *child;
  std::move(reply).answer(
      tl::unexpected(fmt::format("Failed to parse actor ID: {}", child.error().message())));
  return std::nullopt;
}

}  // namespace

Refusal SupervisorSession::refusal() const {
  if (permissions_.supervisor) return std::nullopt;
  return "supervisor";
}

void SupervisorSession::spawn(std::string manifest, std::optional<Bytes> init_bytes,
                              SpawnReply reply) const {
  actor_.spawn_child({std::move(manifest), std::move(init_bytes)}, std::move(reply));
}

void SupervisorSession::resume(std::string manifest, std::optional<Bytes> state,
                               SpawnReply reply) const {
  ChildRequest request{std::move(manifest), std::move(state)};
  request.is_resumed = true;
  actor_.spawn_child(std::move(request), std::move(reply));
}

void SupervisorSession::restart_child(std::string_view id, RestartReply reply) const {
  if (auto child = parse_id(id, reply)) actor_.restart_child(*child, std::move(reply));
}

void SupervisorSession::stop_child(std::string_view id, StopReply reply) const {
  if (auto child = parse_id(id, reply)) actor_.stop_child(*child, std::move(reply));
}

std::vector<std::string> SupervisorSession::list_children() const {
  std::vector<std::string> ids;
  for (const ActorId& id : actor_.children())
    ids.push_back(id.to_string());
  return ids;
}

void SupervisorSession::child_state(std::string_view id, StateReply reply) const {
  if (auto child = parse_id(id, reply)) actor_.child_state(*child, std::move(reply));
}

void SupervisorSession::child_events(std::string_view id, EventsReply reply) const {
  if (auto child = parse_id(id, reply)) actor_.child_events(*child, std::move(reply));
}

}  // namespace theater
