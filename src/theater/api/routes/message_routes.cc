// What clients say to actors.
#include "theater/api/node_service.h"
#include "theater/api/routes/route_tables.h"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>

namespace theater::api {

namespace {

constexpr uint64_t kDeadlineDefaultMs = 60'000;
constexpr uint64_t kDeadlineMaxMs = 3'600'000;
constexpr uint64_t kMessageBytesMax = uint64_t{64} << 20;

// Who is on record as the caller.
log::NamedClient client_of(const ApiCall& call) {
  log::NamedClient client{.name = call.who.name};
  if (auto trace = call.request.headers.find("traceparent")) client.trace = std::string(*trace);
  return client;
}

void send(NodeService& node, ApiCall call, ApiReply reply) {
  ClientMessage message{call.actor, call.request.body, client_of(call)};
  if (!call.query.flag("wait", true)) {
    auto sent = node.runtime().send(message);
    if (!sent) return reply.fail(sent.error());
    return reply.json(202, {{"recorded", false}});
  }
  auto sent = node.runtime().send(message, [reply](Result<Hash> recorded) {
    if (!recorded) return reply.fail(recorded.error());
    reply.json(200, {{"recorded", true}, {"hash", recorded->to_string()}});
  });
  if (!sent) reply.fail(sent.error());
}

void request(NodeService& node, ApiCall call, ApiReply reply) {
  ClientMessage message{call.actor, call.request.body, client_of(call)};
  std::chrono::milliseconds deadline(
      call.query.integer("deadline_ms").value_or(kDeadlineDefaultMs));
  node.runtime().request(
      message,
      [reply](Result<ClientReply> replied) {
        if (!replied) return reply.fail(replied.error());
        HttpAnswer answer{
            200,
            {{"Content-Type", "application/octet-stream"}, {"Content-Disposition", "attachment"}},
            {}};
        if (!replied->answer) {
          answer = problem(kActorError, replied->answer.error(), {}, reply.request_id());
        } else {
          answer.body = *std::move(replied->answer);
        }
        if (replied->event) answer.headers.add("X-Theater-Event", replied->event->to_string());
        reply.answer(std::move(answer));
      },
      deadline);
}

constexpr std::array kSendQuery{
    Parameter{"wait", Parameter::Type::kBoolean,
              "Whether to wait until the call is on record; true without it."}};
constexpr std::array kRequestQuery{Parameter{"deadline_ms", Parameter::Type::kInteger,
                                             "How long to wait for the answer.", 1,
                                             kDeadlineMaxMs}};
constexpr std::array kSent{
    Outcome{200, kJson, "Sent", "The call is on record."},
    Outcome{202, kJson, "Sent", "The message is in the mailbox, and not on record."}};
constexpr std::array kReplied{
    Outcome{200, "application/octet-stream", "",
            "The answer. X-Theater-Event is the hash of the event that holds it."}};

constexpr std::array kMessageRoutes{
    Route{.method = "POST",
          .path = "/v1/actors/{actor}/send",
          .scope = AccessScope::kOperate,
          .operation = "send",
          .what = "Sends the body to the actor.",
          .run = send,
          .outcomes = kSent,
          .query = kSendQuery,
          .body = BodyForm::kBytes,
          .body_bytes_max = kMessageBytesMax},
    Route{.method = "POST",
          .path = "/v1/actors/{actor}/request",
          .scope = AccessScope::kOperate,
          .operation = "request",
          .what = "Asks the actor with the body, and returns its answer.",
          .run = request,
          .outcomes = kReplied,
          .query = kRequestQuery,
          .body = BodyForm::kBytes,
          .body_bytes_max = kMessageBytesMax}};

}  // namespace

std::span<const Route> message_routes() {
  return kMessageRoutes;
}

}  // namespace theater::api
