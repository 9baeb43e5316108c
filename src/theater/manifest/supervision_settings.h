// Reads `[supervision]`, `[[child]]` and `[http]` of a manifest, and `[supervision]` of a policy.
#pragma once

#include "theater/manifest/diagnostics.h"
#include "theater/manifest/supervision.h"
#include "theater/manifest/table_reader.h"

#include <vector>

namespace theater {

// `document` is the reader of the whole manifest. Complaints go to `diagnostics`.
SupervisionRules read_supervision(Diagnostics& diagnostics, TableReader& document);
RootSupervision read_root_supervision(Diagnostics& diagnostics, TableReader& document);
std::vector<ChildEntry> read_children(Diagnostics& diagnostics, TableReader& document);
// The children that `[http] instances` adds to those that are declared.
std::vector<ChildEntry> read_pool(Diagnostics& diagnostics, TableReader& document);

}  // namespace theater
