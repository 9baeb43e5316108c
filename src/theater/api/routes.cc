#include "theater/api/route.h"
#include "theater/api/routes/route_tables.h"

#include <vector>

namespace theater::api {

std::span<const Route> routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> joined;
    for (std::span<const Route> some :
         {node_routes(), actor_routes(), start_routes(), message_routes(), control_routes(),
          event_routes(), log_routes()})
      joined.insert(joined.end(), some.begin(), some.end());
    return joined;
  }();
  return all;
}

}  // namespace theater::api
