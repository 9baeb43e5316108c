#include "theater/handlers/message_server/message_server_handler.h"

#include "theater/handlers/message_server/message_server_session.h"

#include <array>

namespace theater {

namespace {

constexpr std::string_view kHost = "theater:simple/message-server-host";
constexpr std::string_view kClient = "theater:simple/message-server-client";

const std::array<ExportFunction, 2>& client_functions() {
  static const std::array<ExportFunction, 2> functions = {
      export_function<void(Bytes)>(std::string(kClient), "handle-send"),
      export_function<std::optional<Bytes>(std::string, Bytes)>(
          std::string(kClient), "handle-request", AnswerForm::kDeferred)};
  return functions;
}

template <class T>
using Outgoing = tl::expected<T, std::string>;

std::vector<HostFunction> functions() {
  using S = MessageServerSession;
  std::vector<HostFunction> all;
  all.push_back(sends(kHost, "send", [](S& session, std::string_view to, ByteView payload) {
                  return session.message(to, handle_send_function(), payload);
                }).params({"actor-id", "msg"}));
  all.push_back(requests(kHost, "request", [](S& session, std::string_view to, ByteView payload) {
                  return session.message(to, handle_request_function(), payload);
                }).params({"actor-id", "msg"}));
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

const ExportFunction& handle_send_function() {
  return client_functions()[0];
}

const ExportFunction& handle_request_function() {
  return client_functions()[1];
}

MessageServerHandler::MessageServerHandler()
    : imports_{std::string(kHost)}, exports_{std::string(kClient)}, host_functions_(functions()) {}

std::span<const ExportFunction> MessageServerHandler::export_functions() const {
  return client_functions();
}

Result<std::unique_ptr<Session>> MessageServerHandler::make_session(
    const SessionContext& context) const {
  return std::make_unique<MessageServerSession>(context.actor);
}

}  // namespace theater
