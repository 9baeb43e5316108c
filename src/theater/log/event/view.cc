#include "theater/log/event/view.h"

#include "theater/base/check.h"
#include "theater/log/event/describe.h"
#include "theater/wit/json.h"

#include <utility>

namespace theater::log {

namespace {

std::string type_text(const Body& body, const FunctionTable& functions) {
  if (std::holds_alternative<Instance>(body)) return "runtime-setup";
  std::optional<uint32_t> function = function_of(body);
  if (function && functions.contains(*function)) return functions.name(*function);
  return "theater-runtime/" + std::string(body_name(body));
}

}  // namespace

uint64_t short_hash(const Hash& hash) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i)
    value = value << 8 | hash.bytes[i];
  return value;
}

Result<EventView> EventViewer::view(ByteView event, const Hash& hash) {
  Event decoded = THEATER_TRY(decode_event_in_place(event));
  if (auto* instance = std::get_if<Instance>(&decoded.body)) {
    functions_ = FunctionTable::from_names(instance->functions);
  }
  EventView view;
  view.seq = decoded.seq;
  view.time = decoded.time;
  view.hash = hash;
  if (decoded.seq > 0) view.parent = decoded.parent;
  view.event_type = type_text(decoded.body, functions_);
  view.description = describe(decoded.body, functions_);
  ByteView body = THEATER_TRY(event_body(event));
  view.data = THEATER_TRY(wit::to_json_text(wit::type_of<Body>(), body, wit::JsonStyle::kCompact));
  return view;
}

std::vector<EventView> view_chain(const Chain& chain) {
  EventViewer viewer(chain.functions_at_first());
  std::vector<EventView> views;
  views.reserve(static_cast<size_t>(chain.kept()));
  chain.for_each([&](uint64_t seq, ByteView event, const Hash& hash) {
    Result<EventView> view = viewer.view(event, hash);
    THEATER_CHECK(view, "event {} of our own making does not decode", seq);
    views.push_back(*std::move(view));
  });
  return views;
}

}  // namespace theater::log
