#include "theater/runtime/recovered_state.h"

#include "theater/log/reader/chain_source.h"
#include "theater/log/recovery/snapshot_place.h"
#include "theater/runtime/redelivery.h"

#include <string>
#include <utility>
#include <variant>

namespace theater {

Result<std::optional<Bytes>> RecoveredStates::stored(const log::StateRef& state) const {
  const auto* some = std::get_if<log::SomeState>(&state);
  if (some == nullptr) return std::optional<Bytes>();
  return std::optional<Bytes>(THEATER_TRY(blobs_.get(some->value.digest)));
}

Result<replay::Beginning> RecoveredStates::beginning_at(log::OpenActor& open_actor) const {
  log::SnapshotPlace& place = *open_actor.snapshot;
  replay::Beginning beginning;
  beginning.actor = open_actor.id;
  beginning.name = open_actor.name;
  beginning.life = log::ChainGrammar::between_calls(place.instance);
  beginning.chain = THEATER_TRY(log::chain_before(log_, open_actor.id, place.seq));
  beginning.state = std::move(place.state);
  return beginning;
}

Result<replay::Report> RecoveredStates::replay(log::OpenActor& open_actor,
                                               RecoveredHoldings& holdings) {
  replay::Options options;
  options.listener = &holdings;
  if (open_actor.snapshot) {
    options.beginning = THEATER_TRY(beginning_at(open_actor));
    log::Event held = THEATER_TRY(read_event(log_, open_actor.id, open_actor.snapshot->seq - 1));
    THEATER_TRY_VOID(holdings.begin_after(held));
  }
  auto source =
      log::stored_chain(log_, open_actor.id, open_actor.snapshot ? open_actor.snapshot->seq : 0,
                        log::OutputParts::kSaltOnly);
  options.until = open_actor.position.seq - 1;
  if (progress_) {
    options.progress = [&](uint64_t events) { progress_(replayed_ + events); };
  }
  replay::Report report = THEATER_TRY(replay::replay(*source, components_, options));
  replayed_ += report.events;
  if (report.outcome == replay::Outcome::kUnverifiable) {
    return fail(ErrorCode::kNotFound, "its state cannot be computed: {}",
                report.missing.empty() ? "something is missing" : report.missing.front());
  }
  if (report.outcome == replay::Outcome::kDiverged || report.head != open_actor.position.head) {
    return fail(ErrorCode::kCorrupt,
                "its state cannot be computed: run again, it does otherwise than recorded at event "
                "{}; `theater replay {}` says more",
                report.divergence ? report.divergence->seq : report.events,
                open_actor.id.to_string());
  }
  return report;
}

}  // namespace theater
