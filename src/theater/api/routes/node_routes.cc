// The node itself.
#include "theater/api/node_service.h"
#include "theater/api/openapi.h"
#include "theater/api/routes/route_tables.h"
#include "theater/base/clock.h"
#include "theater/views/exposition.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace theater::api {

namespace {

void healthz(NodeService&, ApiCall, ApiReply reply) {
  reply.answer(HttpAnswer::text(200, "ok\n"));
}

void readyz(NodeService& node, ApiCall, ApiReply reply) {
  if (!node.is_ready()) {
    return reply.fail_for_now(kUnavailable, "the node is recovering its actors");
  }
  if (auto failure = node.log_failure()) return reply.fail_for_log(*failure);
  reply.answer(HttpAnswer::text(200, "ok\n"));
}

void openapi(NodeService&, ApiCall, ApiReply reply) {
  reply.json(200, openapi_document());
}

void get_node(NodeService& node, ApiCall call, ApiReply reply) {
  const NodeParts& parts = node.parts();
  RefusalTotals refused = node.access_record().totals();
  uint64_t now_us = SystemClock().wall_us();
  // The clock of the machine may have gone back.
  uint64_t uptime_us = now_us - std::min(now_us, parts.started_us);
  reply.json(200,
             {{"version", parts.version},
              {"engine", parts.engine},
              {"origin", parts.log.id().to_string()},
              {"started", views::utc_text(parts.started_us)},
              {"uptime_ms", uptime_us / 1'000},
              {"ready", node.is_ready()},
              {"events", parts.log.durable().size},
              {"root", parts.log.durable().root.to_string()},
              {"actors", node.runtime().actors().size()},
              {"refused",
               {{"authentication", refused.authentication}, {"permission", refused.permission}}},
              {"you", {{"name", call.who.name}, {"scope", scope_name(call.who.scope)}}}});
}

// Looks at every actor, for which other clients do not wait.
void metrics(NodeService& node, ApiCall, ApiReply reply) {
  node.run_job(reply, [&node, reply] {
    const NodeParts& parts = node.parts();
    RefusalTotals refused = node.access_record().totals();
    views::NodeFacts facts{.version = parts.version,
                           .engine = parts.engine,
                           .started_us = parts.started_us,
                           .is_ready = node.is_ready(),
                           .has_log_failed = node.log_failure().has_value(),
                           .events_on_disk = parts.log.durable().size,
                           .refused_authentication = refused.authentication,
                           .refused_permission = refused.permission};
    std::string text =
        views::exposition(facts, node.runtime().node_metrics(), views::process_facts());
    reply.answer({200, {{"Content-Type", std::string(views::kExpositionType)}}, to_bytes(text)});
  });
}

void shut_down(NodeService& node, ApiCall, ApiReply reply) {
  reply.json(202, {{"closing", true}});
  node.parts().shut_down();
}

constexpr std::array kHealthy{Outcome{200, "text/plain", "", "The process works."}};
constexpr std::array kReady{Outcome{200, "text/plain", "", "The node is ready."}};
constexpr std::array kDocument{Outcome{200, kJson, "Document", "This document."}};
constexpr std::array kNode{Outcome{200, kJson, "Node", "The node."}};
constexpr std::array kMetrics{
    Outcome{200, "text/plain", "", "Metrics in Prometheus's text format."}};
constexpr std::array kClosing{Outcome{202, kJson, "Closing", "The node begins to close."}};

constexpr std::array kNodeRoutes{
    Route{.method = "GET",
          .path = "/healthz",
          .scope = RouteScope::everybody(),
          .operation = "health",
          .what = "Says whether the process works.",
          .run = healthz,
          .outcomes = kHealthy},
    Route{.method = "GET",
          .path = "/readyz",
          .scope = RouteScope::everybody(),
          .operation = "readiness",
          .what = "Says whether recovery is over and the log takes events.",
          .run = readyz,
          .outcomes = kReady},
    Route{.method = "GET",
          .path = "/openapi.json",
          .scope = AccessScope::kObserve,
          .operation = "document",
          .what = "Describes the interface for programs.",
          .run = openapi,
          .outcomes = kDocument,
          .for_trees = true},
    Route{.method = "GET",
          .path = "/v1/node",
          .scope = AccessScope::kObserve,
          .operation = "node",
          .what = "Describes the node, and the client as the node knows it.",
          .run = get_node,
          .outcomes = kNode,
          .for_trees = true},
    Route{.method = "GET",
          .path = "/metrics",
          .scope = AccessScope::kObserve,
          .operation = "metrics",
          .what = "Returns the metrics of the node and of all its actors together.",
          .run = metrics,
          .outcomes = kMetrics},
    Route{.method = "POST",
          .path = "/v1/shutdown",
          .scope = AccessScope::kAdmin,
          .operation = "shutdown",
          .what = "Closes the node in order.",
          .run = shut_down,
          .outcomes = kClosing}};

}  // namespace

std::span<const Route> node_routes() {
  return kNodeRoutes;
}

}  // namespace theater::api
