#include "theater/log/check/contents.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace theater::log::check {

void ContentCheck::accept(const Body& body, const EventPlace& place) {
  auto state = [&](const StateRef& ref, bool is_needed) {
    const auto* some = std::get_if<SomeState>(&ref);
    if (some != nullptr) name(some->value.digest, "state", is_needed, place);
  };
  if (const auto* genesis = std::get_if<Genesis>(&body)) {
    if (genesis->manifest) name(*genesis->manifest, "manifest", true, place);
  } else if (const auto* control = std::get_if<Control>(&body)) {
    const auto* updated = std::get_if<Updated>(&control->operation);
    if (updated != nullptr) name(updated->manifest, "manifest", true, place);
  } else if (const auto* instance = std::get_if<Instance>(&body)) {
    name(instance->component, "component", true, place);
    // Every later instance has a state that a call before it returned.
    if (instance->why == InstanceReason::kStart) state(instance->state, true);
  } else if (const auto* snapshot = std::get_if<Snapshot>(&body)) {
    state(snapshot->state, false);
  }
}

void ContentCheck::name(const Hash& digest, std::string_view what, bool is_needed,
                        const EventPlace& place) {
  auto [found, is_new] = contents_.try_emplace(digest, Named{what, place, is_needed});
  if (is_new || !is_needed || found->second.is_needed) return;
  found->second = {what, place, true};
}

void ContentCheck::finish(const BlobStore& blobs) {
  // Findings come in the order of the log.
  std::vector<std::pair<Hash, Named>> all(contents_.begin(), contents_.end());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second.place.index < b.second.place.index;
  });
  for (const auto& [digest, content] : all) {
    named_ += content.is_needed ? 1 : 0;
    Result<Bytes> bytes = blobs.get(digest);
    if (bytes) continue;
    ++(content.is_needed ? lost_ : snapshots_lost_);
    if (!content.is_needed) continue;
    findings_.add_event(Verdict::kUnverifiable, content.place,
                        fmt::format("the {} that it names cannot be had, so this actor cannot be "
                                    "replayed: {}",
                                    content.what, bytes.error().message()));
  }
}

}  // namespace theater::log::check
