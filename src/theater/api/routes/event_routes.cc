// What is on record of an actor, or of the node itself, as a page or as a stream.
#include "theater/api/node_service.h"
#include "theater/api/routes/route_tables.h"
#include "theater/api/routes/streaming.h"

#include <nlohmann/json.hpp>

#include <array>

namespace theater::api {

namespace {

void answer_events(NodeService& node, const ApiCall& call, const ActorId& chain,
                   const ApiReply& reply) {
  EventWish wish{.events = {.actor = chain,
                            .type = call.query.text("type").value_or(""),
                            .payloads = call.query.flag("raw") ? views::PayloadForm::kBytes
                                                               : views::PayloadForm::kValues},
                 .from = call.query.integer("from").value_or(0),
                 .client = {.holds = call.who.holds}};
  if (wants_stream(call)) {
    wish.from = resumed_from(call).value_or(wish.from);
    auto lease = node.bounds().stream(call.who);
    if (!lease) return reply.answer(problem(lease.error(), reply.request_id()));
    wish.client.lease = *std::move(lease);
    return node.run_job(reply, [&node, reply, wish] {
      if (auto known = node.feed().check(wish.events.actor); !known)
        return reply.fail(known.error());
      node.feed().follow(
          wish, EventWriter(reply.stream(event_stream_head(), node.feed().stream_options())));
    });
  }
  uint64_t limit = call.query.integer("limit").value_or(kPageDefault);
  node.run_job(reply, [&node, reply, wish, limit] {
    auto page = node.feed().read(wish, limit);
    if (!page) return reply.fail(page.error());
    reply.json(200, {{"events", std::move(page->events)},
                     {"first", page->first},
                     {"next", page->next},
                     {"ended", page->is_end}});
  });
}

void actor_events(NodeService& node, ApiCall call, ApiReply reply) {
  answer_events(node, call, call.actor, reply);
}

void node_events(NodeService& node, ApiCall call, ApiReply reply) {
  answer_events(node, call, node.parts().log.id(), reply);
}

constexpr std::array kEventQuery{
    Parameter{"from", Parameter::Type::kInteger, "Position of the first event.", 0, kPositionMax},
    Parameter{"limit", Parameter::Type::kInteger, "Events on a page.", 1, kPageMax},
    Parameter{"type", Parameter::Type::kText, "Only events whose type contains this text."},
    Parameter{"raw", Parameter::Type::kBoolean,
              "Whether payloads are bytes, also where their types are known."}};
constexpr std::array kEvents{
    Outcome{200, kJson, "EventPage", "A page; or a stream, for clients that accept one."}};

constexpr std::array kEventRoutes{Route{.method = "GET",
                                        .path = "/v1/actors/{actor}/events",
                                        .scope = AccessScope::kRead,
                                        .operation = "actor_events",
                                        .what = "Returns what is on record of the actor.",
                                        .run = actor_events,
                                        .outcomes = kEvents,
                                        .query = kEventQuery},
                                  Route{.method = "GET",
                                        .path = "/v1/node/events",
                                        .scope = AccessScope::kRead,
                                        .operation = "node_events",
                                        .what = "Returns what is on record of the node itself.",
                                        .run = node_events,
                                        .outcomes = kEvents,
                                        .query = kEventQuery}};

}  // namespace

std::span<const Route> event_routes() {
  return kEventRoutes;
}

}  // namespace theater::api
