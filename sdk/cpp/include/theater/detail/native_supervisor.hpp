// supervisor.hpp in a unit test.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater {

inline Result<std::string> spawn_child(std::string_view manifest,
                                       std::optional<std::string_view> init_bytes) {
  testing::Host& host = testing::Host::current();
  testing::SpawnedChild asked{std::string(manifest), std::nullopt};
  if (init_bytes) asked.init_bytes = std::string(*init_bytes);
  host.spawned.push_back(asked);
  if (!host.on_spawn) return fail("this host spawns nothing: set on_spawn");
  Result<std::string> id = host.on_spawn(asked);
  if (id) host.children.push_back(*id);
  return id;
}

inline Status stop_child(std::string_view child_id) {
  testing::Host& host = testing::Host::current();
  auto found = std::find(host.children.begin(), host.children.end(), child_id);
  if (found == host.children.end()) {
    return fail(std::string(child_id) + " is not a child of this actor");
  }
  host.children.erase(found);
  return {};
}

inline std::vector<std::string> list_children() {
  return testing::Host::current().children;
}

}  // namespace theater
