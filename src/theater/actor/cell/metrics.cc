#include "theater/actor/cell/metrics.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace theater {

namespace {

void add_to(CustomMetrics& metrics, const std::string& name, const CustomMetric& more) {
  CustomMetric added = more;
  added.last = 0;
  auto [place, is_new] = metrics.try_emplace(name, added);
  if (is_new) return;
  CustomMetric& metric = place->second;
  metric.count += more.count;
  metric.sum += more.sum;
  metric.min = std::min(metric.min, more.min);
  metric.max = std::max(metric.max, more.max);
}

}  // namespace

void CallMeter::pause(Time now) {
  spent_ += now - since_;
  since_ = now;
}

void CallMeter::call_ended(Time now, CallEnd how) {
  pause(now);
  auto ns = static_cast<uint64_t>(spent_.count());
  spent_ = Time{0};
  metrics_.min_ns = metrics_.calls == 0 ? ns : std::min(metrics_.min_ns, ns);
  metrics_.max_ns = std::max(metrics_.max_ns, ns);
  metrics_.total_ns += ns;
  ++metrics_.calls;
  if (how == CallEnd::kError) ++metrics_.errors;
  if (how == CallEnd::kLost) ++metrics_.failures;
}

void NodeMetrics::add(const ActorMetrics& actor, bool has_ended) {
  ++actors;
  if (has_ended) ++ended;
  add_amounts(actor);
}

void NodeMetrics::add(const NodeMetrics& others) {
  actors += others.actors;
  ended += others.ended;
  values_left_out += others.values_left_out;
  add_amounts(others.all);
}

void NodeMetrics::add_amounts(const ActorMetrics& actor) {
  const CallMetrics& from = actor.calls;
  CallMetrics& to = all.calls;
  if (from.calls > 0) to.min_ns = to.calls == 0 ? from.min_ns : std::min(to.min_ns, from.min_ns);
  to.max_ns = std::max(to.max_ns, from.max_ns);
  to.calls += from.calls;
  to.errors += from.errors;
  to.failures += from.failures;
  to.total_ns += from.total_ns;
  all.waiting += actor.waiting;
  all.waiting_max = std::max(all.waiting_max, actor.waiting_max);
  all.memory_bytes += actor.memory_bytes;
  all.memory_bytes_max = std::max(all.memory_bytes_max, actor.memory_bytes_max);
  all.events += actor.events;
  all.event_bytes += actor.event_bytes;
  all.messages_in += actor.messages_in;
  all.messages_out += actor.messages_out;
  all.restarts += actor.restarts;
  all.secret_echoes += actor.secret_echoes;
  for (const auto& [name, metric] : actor.custom) {
    add_to(all.custom, name, metric);
    if (all.custom.size() <= kNamesMax) continue;
    // A name behind the last that stays can never be among the first again.
    auto last = std::prev(all.custom.end());
    values_left_out += last->second.count;
    all.custom.erase(last);
  }
}

}  // namespace theater
