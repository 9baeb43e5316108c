// What is told of a replay at its end.
#include "theater/replay/replayer.h"

#include <utility>

namespace theater::replay {

Report Replayer::report() {
  if (chain_.events() == 0 && !findings_.stopped()) {
    findings_.missing.emplace_back("the record has no events");
  }
  report_.events = chain_.events();
  report_.head = chain_.head();
  report_.complete = record_.complete() && !findings_.stopped();
  report_.state = state_;
  report_.chain = std::move(chain_).take_chain();
  report_.missing = findings_.missing;
  report_.divergence = divergence();
  report_.outcome = Outcome::kIdentical;
  if (!report_.missing.empty()) report_.outcome = Outcome::kUnverifiable;
  if (report_.divergence) report_.outcome = Outcome::kDiverged;
  note_where_it_stands();
  report_.notes = findings_.notes;
  return std::move(report_);
}

void Replayer::note_where_it_stands() {
  std::vector<std::string>& notes = findings_.notes;
  if (findings_.removed_outputs > 0) {
    notes.push_back(fmt::format(
        "the bytes of {} outputs were removed from the log, first {}: their lengths agree, and "
        "nothing else of them was compared",
        findings_.removed_outputs, findings_.first_removed_output));
  }
  if (findings_.stopped() || report_.ended) return;
  if (!report_.complete) notes.push_back("it stopped before the end of the record, as asked");
  if (in_call_) {
    notes.push_back(
        fmt::format("the record stops during the call of event {}, {}: the replay did not run the "
                    "guest past it",
                    call_seq_, call_));
  }
}

std::optional<Divergence> Replayer::divergence() const {
  if (!findings_.difference) return std::nullopt;
  const Difference& found = *findings_.difference;
  Divergence divergence;
  divergence.seq = found.seq;
  divergence.event = found.event;
  divergence.hash = found.hash;
  if (in_call_) {
    divergence.call_seq = call_seq_;
    divergence.call = call_;
  }
  divergence.field = found.field;
  Signatures signatures;
  if (running_ != nullptr) {
    signatures.imports = running_->component.imports;
    signatures.exports = running_->component.program->exports();
  }
  divergence.recorded = render(found.recorded, signatures);
  divergence.replayed = render(found.replayed, signatures);
  return divergence;
}

}  // namespace theater::replay
