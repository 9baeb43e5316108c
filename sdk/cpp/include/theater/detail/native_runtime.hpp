// runtime.hpp in a unit test.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater {

inline void log(std::string_view message) {
  testing::Host::current().logs.push_back({"info", std::string(message)});
}

inline std::string get_actor_id() {
  return testing::Host::current().actor_id;
}
inline std::string get_actor_name() {
  return testing::Host::current().actor_name;
}
inline uint64_t get_current_time() {
  return testing::Host::current().now_ms;
}

inline std::optional<std::string> get_env(std::string_view name) {
  const auto& environment = testing::Host::current().environment;
  auto found = environment.find(std::string(name));
  if (found == environment.end()) return std::nullopt;
  return found->second;
}

inline Status record_metric(std::string_view name, double value) {
  testing::Host::current().metrics.emplace_back(name, value);
  return {};
}

inline Status record_event(std::string_view event_type, std::string_view data) {
  testing::Host::current().events.emplace_back(event_type, data);
  return {};
}

inline std::vector<Event> get_chain() {
  return testing::Host::current().chain;
}

inline std::string get_state() {
  const auto& chain = testing::Host::current().chain;
  return chain.empty() ? std::string() : chain.back().data;
}

inline std::string get_theater_version() {
  return testing::Host::current().version;
}
inline SystemInfo get_system_info() {
  return testing::Host::current().system;
}

inline Status shutdown(std::optional<std::string_view> data) {
  testing::Host& host = testing::Host::current();
  host.shut_down = true;
  host.shutdown_data = std::nullopt;
  if (data) host.shutdown_data = std::string(*data);
  return {};
}

}  // namespace theater
