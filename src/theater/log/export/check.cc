#include "theater/log/export/check.h"

#include "theater/log/event/verify.h"
#include "theater/log/merkle/proof.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::log {

namespace {

constexpr uint64_t kProgressPeriod = 256;

// Where the section `key` always begins.
constexpr uint64_t kKeyOffset =
    kExportHeaderSize + kExportSectionHeadSize + kExportStatement.size();

// One export that is being checked. A failure of its functions with kCorrupt is what is wrong.
class Check {
 public:
  Check(const ExportCheckOptions& options, ExportReport& report)
      : options_(options), report_(report) {}

  Result<void> run(std::unique_ptr<ExportInput> input) {
    report_.bytes = input->size();
    allowance_.emplace(options_.bodies_max.value_or(BodyAllowance::usual(report_.bytes)));
    reader_ = THEATER_TRY(ExportReader::open(std::move(input), &*allowance_));
    report_.header = reader_->header();
    report_.key = options_.key ? options_.key : reader_->key();
    while (std::optional<ExportedEvent> event = THEATER_TRY(reader_->next())) {
      seq_ = report_.counts.events;
      THEATER_TRY_VOID(accept(*event));
      seq_.reset();
      if (options_.progress && report_.counts.events % kProgressPeriod == 0) {
        options_.progress(reader_->offset(), report_.bytes);
      }
    }
    take_counts();
    if (report_.counts.events == 0) return wrong("there is no event in it");
    THEATER_TRY_VOID(check_key());
    THEATER_TRY_VOID(check_proof());
    note_missing();
    if (allowance_->is_spent()) {
      missing(bodies_refused_text("export", report_.bytes, *allowance_));
    }
    return check_outside();
  }

  // Where a failure was found.
  uint64_t offset() const { return at_ ? *at_ : reader_ ? reader_->offset() : 0; }
  std::optional<uint64_t> seq() const { return seq_; }

  void take_counts() {
    if (!reader_) return;
    report_.counts = reader_->counts();
    report_.bodies_removed = reader_->bodies_removed();
    report_.bodies_recomputable = reader_->bodies_recomputable();
    report_.blobs_missing = reader_->missing().size();
  }

 private:
  static Failure wrong(std::string what) {
    return Failure(Error(ErrorCode::kCorrupt, std::move(what)));
  }

  void missing(std::string what, std::optional<uint64_t> seq = std::nullopt) {
    if (report_.findings.size() == CheckOptions::kFindingsMax) {
      ++report_.findings_left_out;
      return;
    }
    report_.findings.push_back({.verdict = Verdict::kUnverifiable,
                                .what = std::move(what),
                                .actor = report_.header.actor,
                                .seq = seq});
  }

  bool is_node() const { return report_.header.actor == report_.header.log_id; }

  Result<void> accept(const ExportedEvent& event) {
    at_ = event.offset;
    const Body& body = event.event.body;
    THEATER_TRY_VOID(chain_.accept(event.event, event.hash));
    if (const auto* genesis = std::get_if<Genesis>(&body)) {
      if (genesis->actor != report_.header.actor) {
        return wrong(fmt::format("the chain is that of {}, but the header says {}",
                                 genesis->actor.to_string(), report_.header.actor.to_string()));
      }
      if (is_node() == genesis->manifest.has_value()) {
        return wrong(is_node() ? "the genesis of the node's chain has a manifest"
                               : "the genesis of an actor has no manifest; only that of the node "
                                 "has none");
      }
      report_.name = genesis->name;
    } else if (is_node()) {
      note_key(body);
    }
    ++report_.counts.events;
    report_.head = event.hash;
    report_.terminated = std::holds_alternative<Terminated>(body);
    auto removed = std::count(event.bodies.begin(), event.bodies.end(), std::nullopt);
    if (removed > 0 && !allowance_->is_spent()) {
      missing(fmt::format("detached payloads of it that were removed: {}", removed),
              event.event.seq);
    }
    at_.reset();
    return {};
  }

  // A key after the proof is not yet the one that signed the checkpoint.
  void note_key(const Body& body) {
    const auto* control = std::get_if<Control>(&body);
    const auto* key = control == nullptr ? nullptr : std::get_if<NodeKey>(&control->operation);
    if (key != nullptr && !reader_->inclusion()) named_key_ = key->value;
  }

  // Checks that the key can have signed this log's checkpoints.
  Result<void> check_key() {
    const std::optional<VerifierKey>& own = reader_->key();
    at_ = kKeyOffset;
    std::string origin = log_origin(report_.header.log_id);
    for (const std::optional<VerifierKey>* key : {&own, &options_.key}) {
      if (*key && (*key)->name != origin) {
        return wrong(fmt::format("the key is of {}, but the log is {}", (*key)->name, origin));
      }
    }
    if (options_.key && own && own->key != options_.key->key) {
      return wrong(
          fmt::format("the export has the key {}, not {}", to_text(*own), to_text(*options_.key)));
    }
    bool contradicts =
        own && named_key_ &&
        !std::equal(own->key.begin(), own->key.end(), named_key_->begin(), named_key_->end());
    if (contradicts) return wrong("the node's chain names another key than the export");
    at_.reset();
    return {};
  }

  Result<void> check_proof() {
    const std::optional<ExportedProof>& proof = reader_->inclusion();
    uint64_t events = report_.counts.events;
    if (!proof) {
      missing(
          fmt::format("its {} events are under no checkpoint: nothing shows that they were in "
                      "the log",
                      events));
      return {};
    }
    at_ = proof->offset;
    const Checkpoint& checkpoint = proof->checkpoint.checkpoint;
    std::string origin = log_origin(report_.header.log_id);
    if (checkpoint.origin != origin) {
      return wrong(
          fmt::format("the checkpoint is of {}, but the log is {}", checkpoint.origin, origin));
    }
    THEATER_TRY_VOID(verify_inclusion(proof->event, proof->text.index, checkpoint.size,
                                      proof->text.hashes, checkpoint.root));
    if (!report_.key) {
      missing("it has no key that its checkpoint could be signed with");
      return {};
    }
    THEATER_TRY_VOID(verify_checkpoint(proof->checkpoint, *report_.key));
    at_.reset();
    report_.checkpoint = checkpoint;
    report_.index = proof->text.index;
    if (proof->events < events) {
      missing(fmt::format("the last {} events are under no checkpoint: nothing shows that they "
                          "were in the log",
                          events - proof->events),
              proof->events);
    }
    return {};
  }

  void note_missing() {
    for (const ExportReader::Missing& blob : reader_->missing()) {
      missing(fmt::format("the {} {} is not in the export", blob.what, blob.digest.to_string()),
              blob.seq);
    }
  }

  Result<void> check_outside() {
    for (const CheckOptions::Outside& outside : options_.outside) {
      auto note = parse_checkpoint(outside.note);
      std::string source = fmt::format("the checkpoint from {}", outside.source);
      if (!note)
        return wrong(fmt::format("{}: it is no checkpoint: {}", source, note.error().to_string()));
      const Checkpoint& old = note->checkpoint;
      std::string origin = log_origin(report_.header.log_id);
      if (old.origin != origin) {
        return wrong(fmt::format("{} is of {}, but the log is {}", source, old.origin, origin));
      }
      if (report_.key) {
        THEATER_TRY_CONTEXT(signed_by_key(*note), "{}", source);
      }
      THEATER_TRY_CONTEXT(compare(old), "{}", source);
    }
    return {};
  }

  Result<bool> signed_by_key(const SignedCheckpoint& note) const {
    THEATER_TRY_VOID(verify_checkpoint(note, *report_.key));
    return true;
  }

  // True if it was shown.
  Result<bool> compare(const Checkpoint& old) {
    const std::optional<Checkpoint>& own = report_.checkpoint;
    const std::optional<ConsistencyText>& consistency = reader_->consistency();
    if (own && own->size == old.size) {
      if (own->root == old.root) return true;
      return wrong(fmt::format("it has another root for the same {} events", old.size));
    }
    if (own && consistency && consistency->old_size == old.size) {
      THEATER_TRY_VOID(
          verify_consistency(old.size, old.root, own->size, own->root, consistency->hashes));
      return true;
    }
    missing(
        fmt::format("the export does not show that its log and the one of the checkpoint of {} "
                    "events are the same: export it with `--since` that checkpoint",
                    old.size));
    return false;
  }

  const ExportCheckOptions& options_;
  ExportReport& report_;
  std::optional<BodyAllowance> allowance_;
  std::unique_ptr<ExportReader> reader_;
  ChainVerifier chain_;
  std::optional<Bytes> named_key_;
  std::optional<uint64_t> at_;
  std::optional<uint64_t> seq_;
};

}  // namespace

Result<ExportReport> check_export(std::unique_ptr<ExportInput> input,
                                  const ExportCheckOptions& options) {
  ExportReport report;
  Check check(options, report);
  Result<void> checked = check.run(std::move(input));
  if (!checked) {
    const Error& error = checked.error();
    if (error.code() != ErrorCode::kCorrupt) return Failure(error);
    check.take_counts();
    Finding finding{.verdict = Verdict::kInvalid,
                    .what = error.to_string(),
                    .offset = check.offset(),
                    .seq = check.seq()};
    report.findings.insert(report.findings.begin(), std::move(finding));
    report.checkpoint.reset();
    report.index.reset();
  }
  report.verdict = report.findings.empty() ? Verdict::kValid : report.findings.front().verdict;
  return report;
}

}  // namespace theater::log
