#include "theater/api/client_bounds.h"

#include "theater/base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

namespace theater::api {

namespace {

constexpr double kSecondsAMinute = 60;

const ClientLimits& limits_of(const Identity& who) {
  return who.access ? kTokenLimits : kUserLimits;
}

double seconds(ClientBounds::Time time) {
  return std::chrono::duration<double>(time).count();
}

// Starts that are used up at a later time.
double starts_left(double starts, double passed_s, uint64_t a_minute) {
  return std::max(0.0, starts - passed_s * static_cast<double>(a_minute) / kSecondsAMinute);
}

}  // namespace

HttpAnswer problem(const BoundReached& reached, const std::string& request_id) {
  HttpAnswer answer = problem(*reached.kind, reached.detail, {}, request_id);
  answer.headers.add("Retry-After", std::to_string(reached.retry_after.count()));
  return answer;
}

ClientBounds::ClientBounds() : uses_(std::make_shared<Guarded<Uses>>()) {}

bool ClientBounds::Use::is_idle(Time now) const {
  return requests == 0 && streams == 0 && body_bytes == 0 &&
         (starts == 0 || now - since >= std::chrono::minutes(1));
}

ClientBounds::Use& ClientBounds::use_of(Uses& uses, const std::string& client, Time now) {
  auto found = uses.find(client);
  if (found != uses.end()) return found->second;
  if (uses.size() >= kSweptAt)
    std::erase_if(uses, [now](const auto& entry) { return entry.second.is_idle(now); });
  return uses[client];
}

tl::expected<ClientLease, BoundReached> ClientBounds::take(const Identity& who,
                                                           uint64_t Use::* what, uint64_t amount,
                                                           uint64_t most,
                                                           const BoundReached& reached) {
  bool is_taken = uses_->with([&](Uses& uses) {
    uint64_t& used = use_of(uses, who.client, monotonic_now()).*what;
    if (used + amount > most) return false;
    used += amount;
    return true;
  });
  if (!is_taken) return tl::unexpected(reached);
  auto give_back = [uses = uses_, client = who.client, what, amount](void*) {
    uses->with([&](Uses& all) { all[client].*what -= amount; });
  };
  // The pointer only counts; it must not be null for the deleter to have a meaning.
  return ClientLease(static_cast<void*>(uses_.get()), std::move(give_back));
}

tl::expected<ClientLease, BoundReached> ClientBounds::request(const Identity& who) {
  size_t most = limits_of(who).requests_max;
  return take(who, &Use::requests, 1, most,
              {&kTooManyRequests,
               fmt::format("{} has {} requests that wait for their answers, and may have no more",
                           who.name, most)});
}

tl::expected<ClientLease, BoundReached> ClientBounds::stream(const Identity& who) {
  size_t most = limits_of(who).streams_max;
  return take(
      who, &Use::streams, 1, most,
      {&kTooManyStreams, fmt::format("{} reads {} streams, and may read no more", who.name, most)});
}

tl::expected<ClientLease, BoundReached> ClientBounds::body(const Identity& who, uint64_t bytes) {
  uint64_t most = limits_of(who).body_bytes_max;
  return take(who, &Use::body_bytes, bytes, most,
              {&kTooManyBodyBytes,
               fmt::format("with these {} bytes the bodies that {} sends at a time would have more "
                           "than {} bytes",
                           bytes, who.name, most)});
}

tl::expected<void, BoundReached> ClientBounds::count_start(const Identity& who, Time now,
                                                           double count) {
  uint64_t most = limits_of(who).starts_a_minute;
  double over = uses_->with([&](Uses& uses) {
    Use& use = use_of(uses, who.client, now);
    double used = starts_left(use.starts, seconds(now - use.since), most);
    double beyond = used + 1 - static_cast<double>(most);
    if (beyond <= 0 && count > 0) {
      use.starts = used + count;
      use.since = now;
    }
    return beyond;
  });
  if (over <= 0) return {};
  auto wait = std::ceil(over * kSecondsAMinute / static_cast<double>(most));
  return tl::unexpected(
      BoundReached{&kTooManyStarts,
                   fmt::format("{} may start {} actors a minute, and has done so", who.name, most),
                   std::chrono::seconds(std::max(int64_t{1}, static_cast<int64_t>(wait)))});
}

}  // namespace theater::api
