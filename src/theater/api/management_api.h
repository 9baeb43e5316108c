// The management API: takes HTTP requests, finds their route, and checks who may.
#pragma once

#include "theater/api/http/access.h"
#include "theater/api/node_service.h"
#include "theater/net/http_handlers.h"

namespace theater::api {

// The handlers of an HttpServer. `node` and `rules` outlive the server.
HttpHandlers management_api(NodeService& node, const AccessRules& rules);

}  // namespace theater::api
