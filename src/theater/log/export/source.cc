#include "theater/log/export/source.h"

#include <utility>

namespace theater::log {

Result<std::optional<SourcedEvent>> ExportSource::next() {
  auto read = reader_.next();
  if (!read) {
    return Failure(std::move(read).error().with_context(
        fmt::format("at byte {} of the export", reader_.offset())));
  }
  if (!*read) return std::nullopt;
  return SourcedEvent{.bytes = std::move((*read)->bytes), .bodies = std::move((*read)->bodies)};
}

}  // namespace theater::log
