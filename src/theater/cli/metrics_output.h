// Metrics as people and programs read them: what `theater run --metrics` prints at the end.
#pragma once

#include "theater/actor/cell/metrics.h"
#include "theater/cli/output.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::cli {

// Actors by the names that they have in this run.
using NamedMetrics = std::vector<std::pair<std::string, ActorMetrics>>;

// A table of the actors with a line for all of them, and the actors' own metrics below.
void print_metrics(const NamedMetrics& actors, const NodeMetrics& node, Output& output);

// {"metrics": {…}} for each actor, and {"node_metrics": {…}}.
void print_metrics_json(const NamedMetrics& actors, const NodeMetrics& node, Output& output);

// A duration in three digits or so: "950 ns", "12.3 us", "1.20 s".
std::string duration_text(uint64_t ns);
// A number of bytes: "950 B", "12.3 KiB".
std::string bytes_text(uint64_t bytes);

}  // namespace theater::cli
