// The state that an actor had when its node was lost: computed by running again what its chain has,
// from its newest snapshot or from its beginning.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/recovery/open_actor.h"
#include "theater/replay/replay.h"
#include "theater/runtime/recovered_holdings.h"
#include "theater/store/blob_store.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace theater {

// For one thread.
class RecoveredStates {
 public:
  // All outlive the object. `progress` is called now and then with how many events were replayed
  // for all actors together; it may be empty.
  RecoveredStates(const log::LogReader& log, replay::Components& components, const BlobStore& blobs,
                  std::function<void(uint64_t events)> progress)
      : log_(log), components_(components), blobs_(blobs), progress_(std::move(progress)) {}

  // The bytes that a state is named by. Fails with kNotFound or kCorrupt.
  Result<std::optional<Bytes>> stored(const log::StateRef& state) const;

  // Identical to what the log has of the actor, up to where it stands: its report has the state and
  // the newest events. Fails with kNotFound if something that it needs is missing, with kCorrupt if
  // the component does otherwise than recorded, and as reading the log does. The state of the
  // snapshot that it begins at is taken out of `standing`. `holdings` take what is replayed.
  Result<replay::Report> replay(log::OpenActor& open_actor, RecoveredHoldings& holdings);

  // How many events were replayed, for all together.
  uint64_t replayed() const { return replayed_; }

 private:
  Result<replay::Beginning> beginning_at(log::OpenActor& open_actor) const;

  const log::LogReader& log_;
  replay::Components& components_;
  const BlobStore& blobs_;
  const std::function<void(uint64_t events)> progress_;
  uint64_t replayed_ = 0;
};

}  // namespace theater
