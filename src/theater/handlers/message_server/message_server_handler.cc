#include "theater/handlers/message_server/message_server_handler.h"

#include "theater/actor/messaging/channels.h"
#include "theater/handlers/message_server/message_server_session.h"

namespace theater {

namespace {

constexpr std::string_view kHost = "theater:simple/message-server-host";

template <class T>
using Outgoing = tl::expected<T, std::string>;

std::vector<HostFunction> message_server_functions() {
  using S = MessageServerSession;
  std::vector<HostFunction> all;
  all.push_back(sends(kHost, "send", [](S& session, std::string_view to, ByteView payload) {
                  return session.message(to, handle_send_function(), payload);
                }).params({"actor-id", "msg"}));
  all.push_back(requests(kHost, "request", [](S& session, std::string_view to, ByteView payload) {
                  return session.message(to, handle_request_function(), payload);
                }).params({"actor-id", "msg"}));
  all.push_back(
      opens_channels(kHost, "open-channel", [](S& session, std::string_view to, ByteView payload) {
        return session.message(to, *channel_functions().open, payload);
      }).params({"actor-id", "initial-msg"}));
  all.push_back(
      sends_on_channels(kHost, "send-on-channel", [](S&, std::string_view id, ByteView payload) {
        return Outgoing<OutgoingOnChannel>(OutgoingOnChannel{id, payload});
      }).params({"channel-id", "msg"}));
  all.push_back(closes_channels(kHost, "close-channel", [](S&, std::string_view id) {
                  return Outgoing<OutgoingClose>(OutgoingClose{id});
                }).params({"channel-id"}));
  all.push_back(
      read(kHost, "list-outstanding-requests", [](S& session) { return session.open_requests(); }));
  all.push_back(
      answers(kHost, "respond-to-request", [](S&, std::string_view id, ByteView response) {
        return Outgoing<OutgoingAnswer>(OutgoingAnswer{id, response});
      }).params({"request-id", "response"}));
  all.push_back(cancels(kHost, "cancel-request", [](S&, std::string_view id) {
                  return Outgoing<OutgoingCancel>(OutgoingCancel{id});
                }).params({"request-id"}));
  return all;
}

}  // namespace

MessageServerHandler::MessageServerHandler()
    : Handler({.name = "message-server",
               .host_functions = message_server_functions(),
               .export_functions = message_functions(),
               .handles_max = Channels::kOpenMax}) {}

Result<std::unique_ptr<Session>> MessageServerHandler::make_session(
    const SessionContext& context) const {
  const HandlerEntry* entry = context.manifest.handler(Capability::kMessageServer);
  std::optional<uint64_t> timeout_ms = entry == nullptr ? std::nullopt : entry->request_timeout_ms;
  return std::make_unique<MessageServerSession>(
      context.actor, timeout_ms.value_or(HandlerEntry::kRequestTimeoutMs));
}

}  // namespace theater
