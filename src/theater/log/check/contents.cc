#include "theater/log/check/contents.h"

#include "theater/log/event/named_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace theater::log::check {

void ContentCheck::accept(const Body& body, const EventPlace& place) {
  const auto* instance = std::get_if<Instance>(&body);
  for (const NamedContent& named : named_content(body)) {
    // Every later instance has a state that a call before it returned.
    if (named.is_state && instance != nullptr && instance->why != InstanceReason::kStart) continue;
    bool is_needed = !std::holds_alternative<Snapshot>(body);
    name(named.digest, named.what, is_needed, place);
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
