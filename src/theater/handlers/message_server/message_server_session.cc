#include "theater/handlers/message_server/message_server_session.h"

#include <utility>

namespace theater {

tl::expected<OutgoingMessage, std::string> MessageServerSession::message(
    std::string_view to, const ExportFunction& function, ByteView payload) const {
  Result<ActorId> id = ActorId::parse(to);
  if (!id) {
    return tl::unexpected(fmt::format("Failed to parse actor ID: {}", id.error().message()));
  }
  return OutgoingMessage{*id, &function, payload, request_timeout_ms_};
}

}  // namespace theater
