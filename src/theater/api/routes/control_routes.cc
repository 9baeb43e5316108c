// What operators do to actors: pause, resume, restart, stop, kill; and waiting for an end.
#include "theater/api/node_service.h"
#include "theater/api/routes/route_tables.h"
#include "theater/views/live_actor.h"

#include <nlohmann/json.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>

namespace theater::api {

namespace {

constexpr uint64_t kWaitDefaultMs = 30'000;
constexpr uint64_t kWaitMaxMs = 3'600'000;

void answer_actor(NodeService& node, const ActorId& id, int status, const ApiReply& reply) {
  auto actor = views::live_actor(node.runtime(), id);
  actor ? reply.json(status, views::live_actor_json(*actor)) : reply.fail(actor.error());
}

// Answers with the actor, or with the reason why its state does not allow the act.
Runtime::Done then_actor(NodeService& node, const ActorId& id, const ApiReply& reply) {
  return [&node, id, reply](Result<void> done) {
    if (done) return answer_actor(node, id, 200, reply);
    const Error& error = done.error();
    if (error.code() != ErrorCode::kUnavailable) return reply.fail(error);
    reply.fail(kConflict, error.to_string(), error.hint());
  };
}

void pause(NodeService& node, ApiCall call, ApiReply reply) {
  auto how = call.query.flag("wait") ? Runtime::Pausing::kWhenFree : Runtime::Pausing::kAtOnce;
  node.runtime().pause(call.actor, how, call.who.name, then_actor(node, call.actor, reply));
}

void resume(NodeService& node, ApiCall call, ApiReply reply) {
  node.runtime().resume(call.actor, call.who.name, then_actor(node, call.actor, reply));
}

void restart(NodeService& node, ApiCall call, ApiReply reply) {
  auto how =
      call.query.flag("force") ? Runtime::Restarting::kAtOnce : Runtime::Restarting::kWhenFree;
  node.runtime().restart(call.actor, how, call.who.name, then_actor(node, call.actor, reply));
}

// The answers when the actor has ended, or at once without `wait`.
void answer_end(NodeService& node, const ApiCall& call, const Result<void>& asked,
                const ApiReply& reply) {
  if (!asked) return reply.fail(asked.error());
  if (!call.query.flag("wait")) return answer_actor(node, call.actor, 202, reply);
  node.runtime().on_ended(call.actor,
                          [&node, id = call.actor, reply](const Result<EndReport>& end) {
                            if (!end) return reply.fail(end.error());
                            answer_actor(node, id, 200, reply);
                          });
}

void stop(NodeService& node, ApiCall call, ApiReply reply) {
  answer_end(node, call, node.runtime().stop(call.actor, call.who.name), reply);
}

void kill(NodeService& node, ApiCall call, ApiReply reply) {
  answer_end(node, call, node.runtime().kill(call.actor, call.who.name), reply);
}

void wait_end(NodeService& node, ApiCall call, ApiReply reply) {
  // Shared by the end and the time, of which the first answers.
  struct Wait {
    std::atomic<bool> is_over{false};
    std::atomic<Timers::Id> timer{0};
  };
  auto wait = std::make_shared<Wait>();
  std::chrono::milliseconds limit(call.query.integer("timeout_ms").value_or(kWaitDefaultMs));
  node.runtime().on_ended(call.actor, [&node, wait, reply](const Result<EndReport>& end) {
    if (wait->is_over.exchange(true)) return;
    node.timers().cancel(wait->timer.load());
    end ? reply.json(200, views::end_json(*end)) : reply.fail(end.error());
  });
  if (wait->is_over.load()) return;
  wait->timer.store(node.timers().after(limit, [wait, reply] {
    if (!wait->is_over.exchange(true)) reply.json(200, {{"ended", false}});
  }));
}

constexpr std::array kPauseQuery{
    Parameter{"wait", Parameter::Type::kBoolean, "Whether a busy actor is paused after its call."}};
constexpr std::array kRestartQuery{
    Parameter{"force", Parameter::Type::kBoolean, "Whether a call in progress is cut off."}};
constexpr std::array kEndQuery{
    Parameter{"wait", Parameter::Type::kBoolean, "Whether to answer when the actor has ended."}};
constexpr std::array kWaitQuery{
    Parameter{"timeout_ms", Parameter::Type::kInteger, "How long to wait.", 0, kWaitMaxMs}};
constexpr std::array kStateProblems{409};
constexpr std::array kChangedActor{Outcome{200, kJson, "Actor", "The actor."}};
constexpr std::array kEnding{Outcome{200, kJson, "Actor", "The actor, which has ended."},
                             Outcome{202, kJson, "Actor", "The actor, which is about to end."}};
constexpr std::array kEnd{Outcome{200, kJson, "End", "How the actor ended, or that it has not."}};

constexpr std::array kControlRoutes{
    Route{.method = "POST",
          .path = "/v1/actors/{actor}/pause",
          .scope = AccessScope::kOperate,
          .operation = "pause",
          .what = "Keeps the actor from taking messages, which wait.",
          .run = pause,
          .outcomes = kChangedActor,
          .query = kPauseQuery,
          .problems = kStateProblems},
    Route{.method = "POST",
          .path = "/v1/actors/{actor}/resume",
          .scope = AccessScope::kOperate,
          .operation = "resume",
          .what = "Lets the actor take messages again.",
          .run = resume,
          .outcomes = kChangedActor,
          .problems = kStateProblems},
    Route{.method = "POST",
          .path = "/v1/actors/{actor}/restart",
          .scope = AccessScope::kOperate,
          .operation = "restart",
          .what = "Gives the actor a fresh instance, and answers when that is up.",
          .run = restart,
          .outcomes = kChangedActor,
          .query = kRestartQuery,
          .problems = kStateProblems},
    Route{.method = "POST",
          .path = "/v1/actors/{actor}/stop",
          .scope = AccessScope::kOperate,
          .operation = "stop",
          .what = "Ends the actor when its call has returned.",
          .run = stop,
          .outcomes = kEnding,
          .query = kEndQuery},
    Route{.method = "POST",
          .path = "/v1/actors/{actor}/kill",
          .scope = AccessScope::kOperate,
          .operation = "kill",
          .what = "Ends the actor at once.",
          .run = kill,
          .outcomes = kEnding,
          .query = kEndQuery},
    Route{.method = "GET",
          .path = "/v1/actors/{actor}/end",
          .scope = AccessScope::kObserve,
          .operation = "wait_for_end",
          .what = "Waits for the end of the actor.",
          .run = wait_end,
          .outcomes = kEnd,
          .query = kWaitQuery}};

}  // namespace

std::span<const Route> control_routes() {
  return kControlRoutes;
}

}  // namespace theater::api
