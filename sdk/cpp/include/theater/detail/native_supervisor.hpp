// supervisor.hpp in a unit test.
#pragma once

#include "theater/detail/native_host.hpp"

#include <algorithm>

namespace theater::testing {

inline Result<std::string> add_child(const SpawnedChild& asked) {
  Host& host = Host::current();
  host.spawned.push_back(asked);
  if (!host.on_spawn) return fail("this host spawns nothing: set on_spawn");
  Result<std::string> id = host.on_spawn(asked);
  if (id) host.children.push_back(*id);
  return id;
}

inline Result<std::vector<std::string>::iterator> find_child(Host& host, std::string_view id) {
  auto found = std::find(host.children.begin(), host.children.end(), id);
  if (found == host.children.end()) {
    return fail(std::string(id) + " is not a child of this actor");
  }
  return found;
}

inline std::string stranger_text(std::string_view id) {
  return std::string(id) + " is neither a child of this actor nor below one";
}

}  // namespace theater::testing

namespace theater {

inline Result<std::string> spawn_child(std::string_view manifest,
                                       std::optional<std::string_view> init_bytes) {
  testing::SpawnedChild asked{.manifest = std::string(manifest)};
  if (init_bytes) asked.init_bytes = std::string(*init_bytes);
  return testing::add_child(asked);
}

inline Result<std::string> resume_child(std::string_view manifest,
                                        std::optional<std::string_view> state) {
  testing::SpawnedChild asked{.manifest = std::string(manifest), .is_resumed = true};
  if (state) asked.init_bytes = std::string(*state);
  return testing::add_child(asked);
}

inline Status restart_child(std::string_view child_id) {
  testing::Host& host = testing::Host::current();
  THEATER_TRY(testing::find_child(host, child_id));
  host.restarted.push_back(std::string(child_id));
  return {};
}

inline Status stop_child(std::string_view child_id) {
  testing::Host& host = testing::Host::current();
  host.children.erase(THEATER_TRY(testing::find_child(host, child_id)));
  return {};
}

inline std::vector<std::string> list_children() {
  return testing::Host::current().children;
}

inline Result<std::optional<std::string>> get_child_state(std::string_view child_id) {
  testing::Host& host = testing::Host::current();
  auto found = host.child_states.find(std::string(child_id));
  if (found != host.child_states.end()) return found->second;
  return fail(testing::stranger_text(child_id));
}

inline Result<std::vector<ChainEvent>> get_child_events(std::string_view child_id) {
  testing::Host& host = testing::Host::current();
  if (!host.on_child_events) return fail(testing::stranger_text(child_id));
  return host.on_child_events(child_id);
}

}  // namespace theater

#define THEATER_DETAIL_SUPERVISOR_HANDLERS(Actor)                                                \
  static_assert(requires {                                                                       \
    ::theater::detail::call_child_error<Actor>(::theater::detail::KeptState(), "",               \
                                               ::theater::ActorError());                         \
    ::theater::detail::call_child_exit<Actor>(::theater::detail::KeptState(), "", std::nullopt); \
    ::theater::detail::call_child_external_stop<Actor>(::theater::detail::KeptState(), "");      \
  });
