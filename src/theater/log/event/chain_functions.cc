#include "theater/log/event/chain_functions.h"

#include "theater/base/check.h"
#include "theater/log/event/view.h"
#include "theater/wit/traits.h"

#include <algorithm>
#include <array>
#include <utility>

namespace theater::log {

namespace {

size_t view_bytes_max(uint64_t payload_bytes_max) {
  return std::min<uint64_t>(kChainViewBytesMax, payload_bytes_max);
}

// A viewer that stands before event `first`, with the function table that is current there.
EventViewer viewer_before(const Chain& chain, uint64_t first) {
  FunctionTable functions = chain.functions_at_first();
  for (uint64_t seq = chain.first_seq(); seq < first; ++seq) {
    Result<Event> event = decode_event_in_place(chain.event(seq));
    THEATER_CHECK(event, "event {} of our own making does not decode", seq);
    if (auto* instance = std::get_if<Instance>(&event->body)) {
      functions = FunctionTable::from_names(instance->functions);
    }
  }
  return EventViewer(std::move(functions));
}

EventView view_of(EventViewer& viewer, const Chain& chain, uint64_t seq) {
  Result<EventView> view = viewer.view(chain.event(seq), chain.hash(seq));
  THEATER_CHECK(view, "event {} of our own making does not decode", seq);
  return *std::move(view);
}

// Bytes that an event takes in the encoded chain, at most.
size_t encoded_size_max(const ShortMetaEvent& meta) {
  return meta.event.event_type.size() + meta.event.data.size() + 2 * 10 + 3 * 5 + 1;
}

const std::array<ChainFunction, 2>& chain_functions() {
  static const std::array<ChainFunction, 2> functions = {
      ChainFunction{"theater:simple/runtime/get-chain", wit::func_type_of<ShortChain()>(),
                    [](const Chain& chain, uint64_t payload_bytes_max) {
                      return wit::encode(short_chain(chain, payload_bytes_max));
                    }},
      ChainFunction{"theater:simple/runtime/get-state", wit::func_type_of<Bytes()>(),
                    [](const Chain& chain, uint64_t payload_bytes_max) {
                      return wit::encode(last_event_data(chain, payload_bytes_max));
                    }}};
  return functions;
}

}  // namespace

ShortChain short_chain(const Chain& chain, uint64_t payload_bytes_max) {
  size_t bytes_max = view_bytes_max(payload_bytes_max);
  // An event's JSON is longer than its bytes, so what is before `first` cannot fit.
  uint64_t first = chain.end_seq();
  for (size_t bytes = 0; first > chain.first_seq(); --first) {
    bytes += chain.event(first - 1).size();
    if (bytes > bytes_max) break;
  }
  EventViewer viewer = viewer_before(chain, first);
  ShortChain result;
  std::vector<size_t> sizes;
  size_t total = 5;
  for (uint64_t seq = first; seq < chain.end_seq(); ++seq) {
    EventView view = view_of(viewer, chain, seq);
    ShortMetaEvent meta;
    meta.hash = short_hash(view.hash);
    meta.event.event_type = std::move(view.event_type);
    if (view.parent) meta.event.parent = short_hash(*view.parent);
    meta.event.data = to_bytes(view.data);
    sizes.push_back(encoded_size_max(meta));
    total += sizes.back();
    result.events.push_back(std::move(meta));
  }
  size_t dropped = 0;
  while (total > bytes_max && dropped < sizes.size())
    total -= sizes[dropped++];
  result.events.erase(result.events.begin(),
                      result.events.begin() + static_cast<std::ptrdiff_t>(dropped));
  return result;
}

Bytes last_event_data(const Chain& chain, uint64_t payload_bytes_max) {
  size_t bytes_max = view_bytes_max(payload_bytes_max);
  if (chain.kept() == 0) return {};
  uint64_t last = chain.end_seq() - 1;
  if (chain.event(last).size() > bytes_max) return {};
  EventViewer viewer = viewer_before(chain, last);
  EventView view = view_of(viewer, chain, last);
  // Five bytes of length come before the bytes.
  if (view.data.size() + 5 > bytes_max) return {};
  return to_bytes(view.data);
}

const ChainFunction* find_chain_function(std::string_view plain_name) {
  const auto& functions = chain_functions();
  auto found = std::find_if(functions.begin(), functions.end(),
                            [&](const ChainFunction& one) { return one.name == plain_name; });
  return found == functions.end() ? nullptr : &*found;
}

}  // namespace theater::log
