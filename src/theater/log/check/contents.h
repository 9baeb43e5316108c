// The contents that a log names by their digests: manifests, components and states. They are in the
// blob store beside the log. Without one of them every event is proved as before, but nobody can
// replay the actor that needs it.
#pragma once

#include "theater/base/hash.h"
#include "theater/log/check/findings.h"
#include "theater/log/event/event.h"
#include "theater/store/blob_store.h"

#include <cstdint>
#include <map>
#include <string_view>

namespace theater::log::check {

// Not thread-safe.
class ContentCheck {
 public:
  explicit ContentCheck(FindingList& findings) : findings_(findings) {}

  // Notes what the event at `place` names. The events come in the order of the log.
  void accept(const Body& body, const EventPlace& place);

  // Reads each content once, and lists what is missing or damaged. The state of a snapshot is only
  // counted: a recovery does without it.
  void finish(const BlobStore& blobs);

  // How many there are, and how many of them are missing or damaged, without those of snapshots.
  uint64_t named() const { return named_; }
  uint64_t lost() const { return lost_; }
  uint64_t snapshots_lost() const { return snapshots_lost_; }

 private:
  struct Named {
    std::string_view what;
    EventPlace place;  // The first event that names it.
    bool is_needed = false;
  };
  void name(const Hash& digest, std::string_view what, bool is_needed, const EventPlace& place);

  FindingList& findings_;
  std::map<Hash, Named> contents_;
  uint64_t named_ = 0;
  uint64_t lost_ = 0;
  uint64_t snapshots_lost_ = 0;
};

}  // namespace theater::log::check
