#include "theater/api/refusal_counts.h"

namespace theater::api {

namespace {

// What was counted; the count begins again.
log::RefusedRequests take_counted(log::RefusedRequests& counted) {
  log::RefusedRequests taken = counted;
  counted.count = 0;
  return taken;
}

}  // namespace

std::optional<log::RefusedRequests> RefusalCounts::add(const RefusedRequest& refused, Time now) {
  auto found = entries_.find({refused.client, refused.reason});
  if (found == entries_.end()) {
    std::string client = entries_.size() < kClientsMax ? refused.client : std::string();
    Entry first{now - kPeriod, {.client = client}};
    first.counted.reason = refusal_reason_name(refused.reason);
    found = entries_.try_emplace({client, refused.reason}, std::move(first)).first;
  }
  Entry& entry = found->second;
  ++entry.counted.count;
  entry.counted.token.reset();
  if (refused.token) entry.counted.token = refused.token->to_string();
  entry.counted.operation = refused.operation;
  if (now - entry.noted < kPeriod) return std::nullopt;
  entry.noted = now;
  return take_counted(entry.counted);
}

std::vector<log::RefusedRequests> RefusalCounts::due(Time now) {
  std::vector<log::RefusedRequests> due;
  for (auto at = entries_.begin(); at != entries_.end();) {
    Entry& entry = at->second;
    if (now - entry.noted < kPeriod) {
      ++at;
    } else if (entry.counted.count == 0) {
      at = entries_.erase(at);
    } else {
      due.push_back(take_counted(entry.counted));
      entry.noted = now;
      ++at;
    }
  }
  return due;
}

std::vector<log::RefusedRequests> RefusalCounts::rest() {
  std::vector<log::RefusedRequests> rest;
  for (auto& [key, entry] : entries_) {
    if (entry.counted.count > 0) rest.push_back(take_counted(entry.counted));
  }
  return rest;
}

}  // namespace theater::api
