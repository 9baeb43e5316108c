#include "theater/handlers/supervisor/supervisor_session.h"

#include <utility>

namespace theater {

Refusal SupervisorSession::refusal() const {
  if (permissions_.supervisor) return std::nullopt;
  return "supervisor";
}

void SupervisorSession::spawn(std::string manifest, std::optional<Bytes> init_bytes,
                              SpawnReply reply) const {
  actor_.spawn_child({std::move(manifest), std::move(init_bytes)}, std::move(reply));
}

void SupervisorSession::stop_child(std::string_view id, StopReply reply) const {
  Result<ActorId> child = ActorId::parse(id);
  if (!child) {
    return std::move(reply).answer(
        tl::unexpected(fmt::format("Failed to parse actor ID: {}", child.error().message())));
  }
  actor_.stop_child(*child, std::move(reply));
}

std::vector<std::string> SupervisorSession::list_children() const {
  std::vector<std::string> ids;
  for (const ActorId& id : actor_.children())
    ids.push_back(id.to_string());
  return ids;
}

}  // namespace theater
