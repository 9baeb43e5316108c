// The metrics of a node as Prometheus reads them.
//
// Prometheus asks a program for its metrics every few seconds and keeps what it gets as series of
// values over time. The text format is version 0.0.4 of Prometheus's exposition formats: a line of
// help and one of type for each metric, then a line for each of its values. Names follow its
// conventions: base units, and `_total` at the end of what only grows.
//
// What a guest chooses does not decide how many series there are: no value has the name or the id of
// an actor, and of the names that actors give to metrics of their own a node has a bounded number.
#pragma once

#include "theater/actor/cell/metrics.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace theater::views {

inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

// Bytes of the longest name of an actor's own metric that the text has. The values of longer ones
// count among those that are left out.
inline constexpr size_t kMetricNameBytesMax = 128;

// Facts of the node that are no metrics of actors.
struct NodeFacts {
  std::string version;
  std::string engine;
  uint64_t started_us = 0;  // Since 1970.
  bool is_ready = false;
  bool has_log_failed = false;
  uint64_t events_on_disk = 0;
  uint64_t refused_authentication = 0;  // Requests of the API.
  uint64_t refused_permission = 0;
};

// What the operating system says of this process.
struct ProcessFacts {
  double cpu_seconds = 0;
  uint64_t resident_bytes = 0;
  uint64_t open_descriptors = 0;
};

// Reads files of /proc. A fact that cannot be read is 0.
ProcessFacts process_facts();

std::string exposition(const NodeFacts& node, const NodeMetrics& metrics,
                       const ProcessFacts& process);

}  // namespace theater::views
