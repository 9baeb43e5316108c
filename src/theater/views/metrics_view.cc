#include "theater/views/metrics_view.h"

#include "theater/base/printable.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace theater::views {

namespace {

using Row = std::vector<std::string>;

Row metrics_row(const std::string& name, const ActorMetrics& metrics) {
  const CallMetrics& calls = metrics.calls;
  uint64_t mean = calls.calls == 0 ? 0 : calls.total_ns / calls.calls;
  return {name,
          fmt::to_string(calls.calls),
          fmt::to_string(calls.errors),
          fmt::to_string(calls.failures),
          duration_text(calls.total_ns),
          duration_text(mean),
          duration_text(calls.min_ns),
          duration_text(calls.max_ns),
          fmt::to_string(metrics.waiting_max),
          bytes_text(metrics.memory_bytes_max),
          fmt::to_string(metrics.events),
          bytes_text(metrics.event_bytes),
          fmt::to_string(metrics.messages_in),
          fmt::to_string(metrics.messages_out)};
}

std::string table(const std::vector<Row>& rows) {
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const Row& cells : rows) {
    for (size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text;
  for (const Row& cells : rows) {
    text += fmt::format("{:<{}}", cells[0], widths[0]);
    for (size_t i = 1; i < cells.size(); ++i)
      text += fmt::format("  {:>{}}", cells[i], widths[i]);
    text += '\n';
  }
  return text;
}

Json to_json(const ActorMetrics& metrics) {
  const CallMetrics& calls = metrics.calls;
  return {{"calls", calls.calls},
          {"errors", calls.errors},
          {"failures", calls.failures},
          {"call_ns", {{"total", calls.total_ns}, {"min", calls.min_ns}, {"max", calls.max_ns}}},
          {"waiting", metrics.waiting},
          {"waiting_max", metrics.waiting_max},
          {"memory_bytes", metrics.memory_bytes},
          {"memory_bytes_max", metrics.memory_bytes_max},
          {"events", metrics.events},
          {"event_bytes", metrics.event_bytes},
          {"messages_in", metrics.messages_in},
          {"messages_out", metrics.messages_out},
          {"restarts", metrics.restarts},
          {"secret_echoes", metrics.secret_echoes}};
}

// JSON has no infinity.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(fmt::to_string(value));
}

Json to_json(const CustomMetrics& metrics) {
  Json all = Json::object();
  for (const auto& [name, metric] : metrics) {
    all[name] = {{"count", metric.count},
                 {"last", number(metric.last)},
                 {"sum", number(metric.sum)},
                 {"min", number(metric.min)},
                 {"max", number(metric.max)}};
  }
  return all;
}

}  // namespace

std::string metrics_text(const NamedMetrics& actors, const NodeMetrics& node) {
  std::vector<Row> rows = {{"actor", "calls", "errors", "failures", "time", "mean", "min", "max",
                            "most waiting", "memory", "events", "bytes", "in", "out"}};
  for (const auto& [name, metrics] : actors)
    rows.push_back(metrics_row(escape_control(name), metrics));
  if (actors.size() != 1) rows.push_back(metrics_row(fmt::format("all {}", node.actors), node.all));
  std::string text = table(rows);
  rows = {{"metric", "count", "last", "sum", "min", "max"}};
  for (const auto& [name, metrics] : actors) {
    for (const auto& [metric_name, metric] : metrics.custom) {
      rows.push_back({escape_control(fmt::format("{} {}", name, metric_name)),
                      fmt::to_string(metric.count), fmt::format("{:g}", metric.last),
                      fmt::format("{:g}", metric.sum), fmt::format("{:g}", metric.min),
                      fmt::format("{:g}", metric.max)});
    }
  }
  if (rows.size() > 1) text += "\n" + table(rows);
  return text;
}

std::vector<Json> metrics_json(const NamedMetrics& actors, const NodeMetrics& node) {
  std::vector<Json> values;
  for (const auto& [name, metrics] : actors) {
    Json body = {{"actor", name}};
    body.update(to_json(metrics));
    body["custom"] = to_json(metrics.custom);
    values.push_back({{"metrics", std::move(body)}});
  }
  Json body = {{"actors", node.actors}, {"ended", node.ended}};
  body.update(to_json(node.all));
  values.push_back({{"node_metrics", std::move(body)}});
  return values;
}

}  // namespace theater::views
