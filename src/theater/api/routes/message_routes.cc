// What clients say to actors.
#include "theater/api/node_service.h"
#include "theater/api/routes/route_tables.h"
#include "theater/runtime/once_failure.h"
#include "theater/runtime/within.h"

#include <nlohmann/json.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

namespace theater::api {

namespace {

constexpr uint64_t kDeadlineDefaultMs = 60'000;
constexpr uint64_t kDeadlineMaxMs = 3'600'000;
constexpr uint64_t kMessageBytesMax = uint64_t{64} << 20;
// A body that the loop thread hashes, which takes less than a millisecond.
constexpr uint64_t kHashedBytesMax = uint64_t{256} << 10;

// Who is on record as the caller.
log::NamedClient client_of(const ApiCall& call) {
  log::NamedClient client{.name = call.who.name};
  if (auto trace = call.request.headers.find("traceparent")) client.trace = std::string(*trace);
  // How long the client waits is no part of what it asks.
  if (call.once_key) client.once = log::Once{*call.once_key, sha256(call.request.body)};
  return client;
}

void answer_unrecorded(const ApiReply& reply) {
  reply.json(202, {{"recorded", false}});
}

void answer_recorded(const ApiReply& reply, const Hash& hash) {
  reply.json(200, {{"recorded", true}, {"hash", hash.to_string()}});
}

void send_once(NodeService& node, const ClientMessage& message, bool waits, const ApiReply& reply) {
  // Shared by the callback and this thread, of which the first answers.
  auto is_answered = std::make_shared<std::atomic<bool>>(false);
  node.once().send(message, [reply, waits, is_answered](const OnceResult<Hash>& recorded) {
    if (is_answered->exchange(true)) return;
    if (!recorded) return reply.fail(recorded.error());
    waits ? answer_recorded(reply, *recorded) : answer_unrecorded(reply);
  });
  if (!waits && !is_answered->exchange(true)) answer_unrecorded(reply);
}

// Runs the route, in a job if the digest of the body would keep the loop busy.
template <void (*kRun)(NodeService&, ApiCall, ApiReply)>
void run_message(NodeService& node, ApiCall call, ApiReply reply) {
  bool is_slow = call.once_key && call.request.body.size() > kHashedBytesMax;
  if (!is_slow) return kRun(node, std::move(call), std::move(reply));
  auto shared = std::make_shared<ApiCall>(std::move(call));
  node.run_job(reply, [&node, shared, reply] { kRun(node, std::move(*shared), reply); });
}

void send(NodeService& node, ApiCall call, ApiReply reply) {
  ClientMessage message{call.actor, call.request.body, client_of(call)};
  bool waits = call.query.flag("wait", true);
  if (call.once_key) return send_once(node, message, waits, reply);
  if (!waits) {
    auto sent = node.runtime().send(message);
    return sent ? answer_unrecorded(reply) : reply.fail(sent.error());
  }
  auto sent = node.runtime().send(message, [reply](const Result<Hash>& recorded) {
    recorded ? answer_recorded(reply, *recorded) : reply.fail(recorded.error());
  });
  if (!sent) reply.fail(sent.error());
}

void answer_replied(const ApiReply& reply, ClientReply replied) {
  HttpAnswer answer{
      200,
      {{"Content-Type", "application/octet-stream"}, {"Content-Disposition", "attachment"}},
      {}};
  if (!replied.answer) {
    answer = problem(kActorError, replied.answer.error(), {}, reply.request_id());
  } else {
    answer.body = *std::move(replied.answer);
  }
  if (replied.event) answer.headers.add("X-Theater-Event", replied.event->to_string());
  reply.answer(std::move(answer));
}

void request(NodeService& node, ApiCall call, ApiReply reply) {
  ClientMessage message{call.actor, call.request.body, client_of(call)};
  std::chrono::milliseconds deadline(
      call.query.integer("deadline_ms").value_or(kDeadlineDefaultMs));
  if (call.once_key) {
    // The request itself has no deadline: its answer is kept for a client that asks again.
    auto replied = within<OnceResult<ClientReply>>(
        node.timers(), deadline, [reply](OnceResult<ClientReply> result) {
          result ? answer_replied(reply, *std::move(result)) : reply.fail(result.error());
        });
    return node.once().request(message, replied);
  }
  node.runtime().request(
      message,
      [reply](Result<ClientReply> result) {
        result ? answer_replied(reply, *std::move(result)) : reply.fail(result.error());
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

constexpr std::array kRequestProblems{504};

constexpr std::array kMessageRoutes{
    Route{.method = "POST",
          .path = "/v1/actors/{actor}/send",
          .scope = AccessScope::kOperate,
          .operation = "send",
          .what = "Sends the body to the actor.",
          .run = run_message<send>,
          .outcomes = kSent,
          .query = kSendQuery,
          .body = BodyForm::kBytes,
          .body_bytes_max = kMessageBytesMax,
          .takes_key = true},
    Route{.method = "POST",
          .path = "/v1/actors/{actor}/request",
          .scope = AccessScope::kOperate,
          .operation = "request",
          .what = "Asks the actor with the body, and returns its answer.",
          .run = run_message<request>,
          .outcomes = kReplied,
          .query = kRequestQuery,
          .body = BodyForm::kBytes,
          .body_bytes_max = kMessageBytesMax,
          .takes_key = true,
          .problems = kRequestProblems}};

}  // namespace

std::span<const Route> message_routes() {
  return kMessageRoutes;
}

}  // namespace theater::api
