// Log lines of the server's process, as a page or as a stream.
#include "theater/api/node_service.h"
#include "theater/api/routes/route_tables.h"
#include "theater/api/routes/streaming.h"

#include <nlohmann/json.hpp>

#include <array>

namespace theater::api {

namespace {

void answer_lines(NodeService& node, const ApiCall& call, std::optional<ActorId> actor,
                  const ApiReply& reply) {
  LogWish wish{.actor = actor,
               .from = call.query.integer("from").value_or(0),
               .last = call.query.integer("last"),
               .client = {.holds = call.who.holds}};
  if (!wants_stream(call)) {
    // Up to a few MiB are made into text, which other clients do not wait for.
    uint64_t limit = call.query.integer("limit").value_or(kPageDefault);
    return node.run_job(
        reply, [&node, reply, wish, limit] { reply.json(200, node.lines().read(wish, limit)); });
  }
  if (auto resumed = resumed_from(call)) {
    wish.from = *resumed;
    wish.last.reset();
  }
  auto lease = node.bounds().stream(call.who);
  if (!lease) return reply.answer(problem(lease.error(), reply.request_id()));
  wish.client.lease = *std::move(lease);
  node.lines().follow(
      wish, EventWriter(reply.stream(event_stream_head(), node.lines().stream_options())));
}

void actor_lines(NodeService& node, ApiCall call, ApiReply reply) {
  if (auto status = node.runtime().status(call.actor); !status) return reply.fail(status.error());
  answer_lines(node, call, call.actor, reply);
}

void node_lines(NodeService& node, ApiCall call, ApiReply reply) {
  answer_lines(node, call, std::nullopt, reply);
}

constexpr std::array kLineQuery{
    Parameter{"from", Parameter::Type::kInteger,
              "Position of the first line; without it, the first one that the server keeps.", 0,
              kPositionMax},
    Parameter{"last", Parameter::Type::kInteger,
              "In place of `from`: begin with so many lines before the end.", 0,
              LogHistory::kLaneLinesMax},
    Parameter{"limit", Parameter::Type::kInteger, "Lines on a page.", 1, kPageMax}};
constexpr std::array kLines{
    Outcome{200, kJson, "LogLinePage", "A page; or a stream, for clients that accept one."}};

constexpr std::array kLogRoutes{
    Route{.method = "GET",
          .path = "/v1/actors/{actor}/logs",
          .scope = AccessScope::kRead,
          .operation = "actor_logs",
          .what = "Returns what the actor says to people, and what the server says of it.",
          .run = actor_lines,
          .outcomes = kLines,
          .query = kLineQuery},
    Route{.method = "GET",
          .path = "/v1/node/logs",
          .scope = AccessScope::kRead,
          .operation = "node_logs",
          .what = "Returns the last log lines of the server and its actors.",
          .run = node_lines,
          .outcomes = kLines,
          .query = kLineQuery}};

}  // namespace

std::span<const Route> log_routes() {
  return kLogRoutes;
}

}  // namespace theater::api
