// All actors of a server, page by page.
#pragma once

#include "theater/api/client/api_client.h"
#include "theater/base/result.h"
#include "theater/views/json.h"

#include <functional>
#include <string>

namespace theater::cli {

enum class Pages : uint8_t { kFirst, kAll };

// Calls `take` for each actor in the order of ids. `list` is the path of a list of actors, with a
// query such as "?state=Idle" or without one. Returns whether further pages follow. Fails as
// ApiClient::get(), and with kCorrupt for an answer that is no page.
Result<bool> for_each_actor(api::ApiClient& client, const std::string& list, Pages pages,
                            const std::function<void(const views::Json&)>& take);

}  // namespace theater::cli
