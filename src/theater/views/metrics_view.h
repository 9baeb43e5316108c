// The cost and the work of actors, as a table and as values.
#pragma once

#include "theater/actor/cell/metrics.h"
#include "theater/views/json.h"

#include <string>
#include <utility>
#include <vector>

namespace theater::views {

// Actors under the names that the table gives them.
using NamedMetrics = std::vector<std::pair<std::string, ActorMetrics>>;

// A table with a line for each actor, and a line for all unless there is one actor. The metrics
// that the actors recorded follow in a second table.
std::string metrics_text(const NamedMetrics& actors, const NodeMetrics& node);

// {"metrics": {…}} for each actor, then {"node_metrics": {…}}.
std::vector<Json> metrics_json(const NamedMetrics& actors, const NodeMetrics& node);

}  // namespace theater::views
