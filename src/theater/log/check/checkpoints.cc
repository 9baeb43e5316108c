#include "theater/log/check/checkpoints.h"

#include "theater/log/check/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace theater::log::check {

namespace {

constexpr uint64_t kNoteBytesMax = uint64_t{64} << 10;
constexpr std::string_view kFileName = "checkpoint";

// What a loss of power may leave of a file that was not synced.
bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\0'; });
}

}  // namespace

Checkpoints::Checkpoints(const std::filesystem::path& folder, const CheckOptions& options,
                         FindingList& findings)
    : options_(options), findings_(findings) {
  Result<std::optional<std::string>> text = read_note(folder / kFileName, kNoteBytesMax);
  if (!text) {
    own_ = Note{.source = std::nullopt, .read = Failure(std::move(text).error())};
  } else if (*text && !is_blank(**text)) {
    own_ = Note{.source = std::nullopt, .read = parse_checkpoint(**text)};
  }
  for (const CheckOptions::Outside& one : options.outside)
    outside_.push_back({.source = one.source, .read = parse_checkpoint(one.note)});
}

std::vector<uint64_t> Checkpoints::sizes() const {
  std::vector<uint64_t> sizes;
  if (own_ && own_->read) sizes.push_back(own_->read->checkpoint.size);
  for (const Note& note : outside_)
    if (note.read) sizes.push_back(note.read->checkpoint.size);
  return sizes;
}

std::optional<Checkpoint> Checkpoints::own() const {
  if (!own_ || !own_->is_good) return std::nullopt;
  return own_->read->checkpoint;
}

void Checkpoints::add(Verdict verdict, const Note& note, std::string what) {
  PlacedFinding placed{.finding = {.verdict = verdict, .what = std::move(what)},
                       .place = kAfterAll};
  if (note.source) {
    placed.finding.what =
        fmt::format("the checkpoint from {}: {}", *note.source, placed.finding.what);
  } else {
    placed.finding.file = kFileName;
  }
  findings_.add(std::move(placed));
}

void Checkpoints::check(const CheckedLog& log) {
  std::optional<PublicKey> named = log.key_at(UINT64_MAX);
  if (options_.key && named && *named != options_.key->key) {
    findings_.add({.finding = {.what = fmt::format("the node's chain names the key {}, not {}",
                                                   to_text({log_origin(log.log_id), *named}),
                                                   to_text(*options_.key))},
                   .place = kAfterAll});
  }
  uint64_t covered = 0;
  for (Note& note : outside_) {
    note.is_good = check_note(note, log);
    if (note.is_good) covered = std::max(covered, note.read->checkpoint.size);
  }
  if (!own_) {
    findings_.add({.finding = {.verdict = Verdict::kUnverifiable,
                               .what = "there is no checkpoint: nothing shows that the log was not "
                                       "rewritten",
                               .file = kFileName},
                   .place = kAfterAll});
    return;
  }
  own_->is_good = check_note(*own_, log);
  if (!own_->is_good) return;
  covered = std::max(covered, own_->read->checkpoint.size);
  if (covered < log.events) {
    add(Verdict::kUnverifiable, *own_,
        fmt::format("the last {} events are under no checkpoint yet: nothing shows that they were "
                    "not changed",
                    log.events - covered));
  }
}

// Adds findings unless it is good.
bool Checkpoints::check_note(const Note& note, const CheckedLog& log) {
  if (!note.read) {
    const Error& error = note.read.error();
    add(error.code() == ErrorCode::kIo ? Verdict::kUnverifiable : Verdict::kInvalid, note,
        "it is no checkpoint: " + error.to_string());
    return false;
  }
  const Checkpoint& checkpoint = note.read->checkpoint;
  std::string origin = log_origin(log.log_id);
  if (checkpoint.origin != origin) {
    add(Verdict::kInvalid, note,
        fmt::format("it is of {}, and this log is {}", checkpoint.origin, origin));
    return false;
  }
  std::optional<VerifierKey> key = options_.key;
  if (!key) {
    if (auto named = log.key_at(checkpoint.size)) key = VerifierKey{origin, *named};
  }
  if (key) {
    if (Result<void> verified = verify_checkpoint(*note.read, *key); !verified) {
      add(Verdict::kInvalid, note, verified.error().message());
      return false;
    }
    size_signed_ = std::max(size_signed_, checkpoint.size);
  }
  if (checkpoint.size > log.events) {
    add(Verdict::kInvalid, note,
        note.source ? fmt::format("the log was rewritten since: it had {} events and has {}",
                                  checkpoint.size, log.events)
                    : fmt::format("the log is shorter than its checkpoint: it had {} events and "
                                  "has {}",
                                  checkpoint.size, log.events));
    return false;
  }
  if (!key) {
    add(Verdict::kUnverifiable, note, "the node's chain names no key that it could be signed with");
    return false;
  }
  std::optional<Hash> root = log.root_at(checkpoint.size);
  if (!root) {
    add(Verdict::kUnverifiable, note,
        fmt::format("the root of the first {} events is not known, for some of them are damaged or "
                    "missing",
                    checkpoint.size));
    return false;
  }
  if (*root != checkpoint.root) {
    add(Verdict::kInvalid, note,
        fmt::format("{}: the root of the first {} events was {} and is {}",
                    note.source ? "the log was rewritten since"
                                : "the log was rewritten after it was signed",
                    checkpoint.size, checkpoint.root.to_string(), root->to_string()));
    return false;
  }
  return true;
}

}  // namespace theater::log::check
