// intervals.hpp in a unit test, which makes the ticks: TestActor::tick.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater {

inline Status start_interval(std::string_view name, uint64_t every_ms) {
  if (name.empty()) return fail("Interval name is empty");
  auto [place, is_new] = testing::Host::current().intervals.emplace(std::string(name), every_ms);
  if (is_new) return {};
  return fail("Interval " + place->first + " runs already: stop it first");
}

inline Status stop_interval(std::string_view name) {
  if (testing::Host::current().intervals.erase(std::string(name)) == 1) return {};
  return fail("Interval " + std::string(name) + " does not run");
}

}  // namespace theater

#define THEATER_DETAIL_INTERVAL_HANDLERS(Actor) \
  static_assert(                                \
      requires { ::theater::detail::call_tick<Actor>(::theater::detail::KeptState(), "", 0); });
