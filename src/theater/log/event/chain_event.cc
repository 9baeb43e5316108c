#include "theater/log/event/chain_event.h"

#include "theater/base/check.h"
#include "theater/log/event/view.h"
#include "theater/wit/traits.h"

#include <utility>

namespace theater::log {

namespace {

// Of a list's length.
constexpr size_t kLengthBytesMax = 5;

ChainEvent chain_event(EventView view) {
  ChainEvent event;
  event.hash = to_bytes(view.hash.view());
  if (view.parent) event.parent_hash = to_bytes(view.parent->view());
  event.event_type = std::move(view.event_type);
  event.data = to_bytes(view.data);
  event.timestamp = view.time / 1000;
  event.description = std::move(view.description);
  return event;
}

}  // namespace

std::optional<std::vector<ChainEvent>> chain_events(const Chain& chain, size_t bytes_max) {
  // An event's JSON is longer than its bytes.
  if (chain.kept_bytes() > bytes_max) return std::nullopt;
  EventViewer viewer(chain.functions_at_first());
  std::vector<ChainEvent> events;
  size_t bytes = kLengthBytesMax;
  for (uint64_t seq = chain.first_seq(); seq < chain.end_seq(); ++seq) {
    Result<EventView> view = viewer.view(chain.event(seq), chain.hash(seq));
    THEATER_CHECK(view, "event {} of our own making does not decode", seq);
    events.push_back(chain_event(*std::move(view)));
    bytes += wit::encode(events.back()).size();
    if (bytes > bytes_max) return std::nullopt;
  }
  return events;
}

}  // namespace theater::log
