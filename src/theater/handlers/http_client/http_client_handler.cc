#include "theater/handlers/http_client/http_client_handler.h"

#include "theater/handlers/http_client/stream_holdings.h"

#include <utility>
#include <vector>

namespace theater {

namespace {

constexpr std::string_view kClient = "theater:simple/http-client";
constexpr std::string_view kStreams = "theater:http-stream/client";

// Credentials may stand in a request or an answer, so their bytes can be removed from a log without
// harm to its proof, however few they are.
const ExportFunction& handle_stream_function() {
  static const ExportFunction function = [] {
    auto made = export_function<void(uint64_t, StreamEvent)>("theater:http-stream/client-handlers",
                                                             "handle-stream");
    made.holds = true;
    made.is_removable = true;
    return made;
  }();
  return function;
}

NeededGrant some_host() {
  return {"http-client:hosts=HOST;methods=METHOD",
          R"({ type = "http-client", allowed_hosts = ["HOST"], allowed_methods = ["METHOD"] })"};
}

std::vector<HostFunction> http_client_functions() {
  using S = HttpClientSession;
  auto refuses = [](S& session, const GuestRequest& request) { return session.refuses(request); };
  auto note = [](S& session, const GuestRequest& request) { return session.note_of(request); };
  auto refuses_streams = [](S& session, uint64_t) { return session.refuses_streams(); };
  std::vector<HostFunction> all;
  all.push_back(effect(kClient, "send-http",
                       [](S& session, Responder<SendResult> reply, GuestRequest request) {
                         session.send(std::move(reply), std::move(request));
                       })
                    .params({"req"})
                    .needing(some_host())
                    .unless(refuses)
                    .noting(note)
                    .removable());
  all.push_back(
      effect(kStreams, "open",
             [](S& session, GuestRequest request) { return session.open(std::move(request)); })
          .params({"req"})
          .needing(some_host())
          .unless(refuses)
          .noting(note)
          .removable()
          .holding());
  all.push_back(
      internal(kStreams, "pause", [](S& session, uint64_t id) { return session.pause(id); })
          .params({"id"})
          .unless(refuses_streams));
  all.push_back(
      internal(kStreams, "resume", [](S& session, uint64_t id) { return session.resume(id); })
          .params({"id"})
          .unless(refuses_streams));
  all.push_back(
      internal(kStreams, "cancel", [](S& session, uint64_t id) { return session.cancel(id); })
          .params({"id"})
          .unless(refuses_streams)
          .holding());
  return all;
}

}  // namespace

HttpClientHandler::HttpClientHandler(std::shared_ptr<HttpTransport> transport,
                                     const Hash& idempotency_key,
                                     std::shared_ptr<SecretValues> secrets)
    : Handler({.name = "http-client",
               .host_functions = http_client_functions(),
               .export_functions = {&handle_stream_function(), 1},
               .type_interfaces = {"theater:simple/http-types"},
               .handles_max = HttpClientSession::kStreamsMax}),
      parts_{std::move(transport), std::make_shared<AnswerMemory>(), std::move(secrets),
             idempotency_key, handle_stream_function()} {}

Result<std::unique_ptr<Session>> HttpClientHandler::make_session(
    const SessionContext& context) const {
  return std::make_unique<HttpClientSession>(context, parts_);
}

std::unique_ptr<Holdings> HttpClientHandler::make_holdings() const {
  return std::make_unique<StreamHoldings>();
}

}  // namespace theater
