#include "theater/actor/cell/metrics.h"

#include <algorithm>

namespace theater {

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
}

}  // namespace theater
