#include "theater/api/routes/streaming.h"

#include <charconv>

namespace theater::api {

std::optional<uint64_t> resumed_from(const ApiCall& call) {
  auto last = call.request.headers.find("Last-Event-ID");
  if (!last) return std::nullopt;
  uint64_t position = 0;
  auto [end, error] = std::from_chars(last->data(), last->data() + last->size(), position);
  if (error != std::errc() || end != last->data() + last->size()) return std::nullopt;
  return position + 1;
}

}  // namespace theater::api
