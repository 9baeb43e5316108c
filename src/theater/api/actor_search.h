// Finding actors for a client: pages of a list, and what a text may mean.
#pragma once

#include "theater/api/http/access.h"
#include "theater/base/id.h"
#include "theater/runtime/runtime.h"
#include "theater/views/json.h"

#include <cstddef>
#include <optional>
#include <string>

namespace theater::api {

struct ActorFilter {
  std::string state = {};  // Empty for all.
  std::string name = {};   // The same.
  bool roots_only = false;
  std::optional<ActorId> parent = {};
  std::optional<ActorId> subtree = {};  // This actor and those below it.
  std::optional<ActorId> after = {};    // Only greater ids.
  size_t limit = 100;
};

// Whether `id` is `root` or below it. Waits for nothing.
bool is_within(const Runtime& runtime, const ActorId& root, const ActorId& id);

// {"actors": […], "cursor": …}. Reads the status of each actor that comes before the end of the
// page, so it is slow for many actors.
views::Json actor_page(const Runtime& runtime, const ActorFilter& filter);

// The actors that `reference` may mean and `who` may see, in the same form: an id, the beginning of
// one (kPrefixDigitsMin digits at least), the name of a root, or names joined by `/` from a root
// down. A whole id means its actor alone. Digits may begin an id and be a name too: the answer then
// has the actors of both, so that neither hides the other. Living actors come first, then those
// whose phase began last.
inline constexpr size_t kPrefixDigitsMin = 4;
views::Json actors_meant(const Runtime& runtime, const std::string& reference, const Identity& who);

}  // namespace theater::api
