// An exported chain as a replay reads it.
#pragma once

#include "theater/log/export/reader.h"
#include "theater/log/reader/chain_source.h"

namespace theater::log {

// Not thread-safe; the reader outlives it, and nobody else takes events from it. Failures name the
// byte in the export.
class ExportSource final : public ChainSource {
 public:
  explicit ExportSource(ExportReader& reader) : reader_(reader) {}

  Result<std::optional<SourcedEvent>> next() override;

 private:
  ExportReader& reader_;
};

}  // namespace theater::log
