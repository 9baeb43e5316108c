#include "theater/log/check/log_check.h"

#include "theater/log/check/checkpoints.h"
#include "theater/log/check/contents.h"
#include "theater/log/check/files.h"
#include "theater/log/check/findings.h"
#include "theater/log/check/parent_child.h"
#include "theater/log/check/pipeline.h"
#include "theater/log/segment/body_allowance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace theater::log {

namespace {

constexpr unsigned kThreadsMax = 16;

void add_tail(const check::TornTail& tail, uint64_t events, uint64_t size_signed,
              check::FindingList& findings) {
  if (size_signed > events) {
    findings.add_at(Verdict::kInvalid, tail.place,
                    fmt::format("{} bytes after the last whole group are damaged: {}; a "
                                "checkpoint says that {} more events were there",
                                tail.bytes, tail.text, size_signed - events));
    return;
  }
  findings.add_at(Verdict::kUnverifiable, tail.place,
                  fmt::format("{} bytes after the last whole group ({}): a write that was in "
                              "progress or torn by a crash; the next start moves them to "
                              "lost+found",
                              tail.bytes, tail.text));
}

}  // namespace

std::string bodies_refused_text(std::string_view what, uint64_t file_bytes,
                                const BodyAllowance& allowance) {
  return fmt::format(
      "not all detached payloads were read: those of this {} of {} bytes make more than {} bytes, "
      "and so many are read at most; `theater verify --bodies-max` sets another bound",
      what, file_bytes, allowance.bytes_max());
}

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kValid:
      return "VALID";
    case Verdict::kInvalid:
      return "INVALID";
    case Verdict::kUnverifiable:
      return "UNVERIFIABLE";
  }
  return "INVALID";
}

std::string Finding::to_string() const {
  std::string text(verdict_name(verdict));
  text += ": ";
  std::string place;
  auto add = [&](const std::string& part) {
    if (!place.empty()) place += ", ";
    place += part;
  };
  if (file) add(file->string());
  if (offset) add(fmt::format("offset {}", *offset));
  if (index) add(fmt::format("event {} of the log", *index));
  if (actor) add(fmt::format("actor {}", actor->to_string()));
  if (seq) add(fmt::format("seq {}", *seq));
  if (!place.empty()) text += place + ": ";
  return text + what;
}

Result<LogReport> check_log(const std::filesystem::path& folder, const CheckOptions& options) {
  check::FindingList layout_findings;
  check::FindingList tree_findings;
  check::FindingList chain_findings;
  check::FindingList family_findings;
  check::FindingList content_findings;
  check::FindingList end_findings;

  check::Checkpoints checkpoints(folder, options, end_findings);
  check::LogFiles files = THEATER_TRY(check::find_files(folder));
  if (files.segments.empty() && !checkpoints.has_own()) {
    return fail(ErrorCode::kNotFound, "there is no log in {}: it has no segments", folder.string());
  }
  THEATER_TRY_VOID(check::refuse_version_never_released(files));
  check::Layout layout(files, layout_findings);
  check::TreeStage tree(checkpoints.sizes(), tree_findings);
  check::ParentChildCheck families(family_findings);
  check::ContentCheck contents(content_findings);
  check::ChainStage chains(options.actor, families,
                           options.contents == nullptr ? nullptr : &contents, chain_findings);
  uint64_t bytes = files.bytes();
  auto progress = [&](uint64_t done) {
    if (options.progress) options.progress(done, bytes);
  };
  BodyAllowance allowance(options.bodies_max.value_or(BodyAllowance::usual(bytes)));
  unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsMax);
  check::run_stages({layout, tree, chains, allowance}, threads, progress);
  families.finish(folder, chains.is_whole());
  if (options.contents != nullptr) contents.finish(*options.contents);

  LogReport report;
  report.events = layout.events();
  report.groups = layout.groups();
  report.segments = layout.segments();
  report.log_id = layout.log_id();
  report.bytes = bytes;
  report.actors = chains.actors();
  report.bodies = chains.bodies();
  report.bodies_removed = chains.bodies_removed();
  report.bodies_recomputable = chains.bodies_recomputable();
  if (options.contents != nullptr) {
    report.contents = {contents.named(), contents.lost(), contents.snapshots_lost()};
  }
  report.key = chains.newest_key();
  report.root = tree.root().value_or(Hash{});
  report.chain = chains.chain();

  if (files.segments.empty()) {
    end_findings.add(
        {.finding = {.what = "there is a checkpoint, and no segment", .file = "segments"},
         .place = {}});
  } else {
    checkpoints.check({.log_id = report.log_id,
                       .events = report.events,
                       .root_at = [&](uint64_t size) { return tree.root_at(size); },
                       .key_at = [&](uint64_t size) { return chains.key_at(size); }});
  }
  report.checkpoint = checkpoints.own();
  if (layout.tail()) {
    add_tail(*layout.tail(), report.events, checkpoints.size_signed(), layout_findings);
  }
  report.has_refused_bodies = allowance.is_spent();
  if (report.has_refused_bodies) {
    end_findings.add({.finding = {.verdict = Verdict::kUnverifiable,
                                  .what = bodies_refused_text("log", bytes, allowance)},
                      .place = {}});
  }
  std::array<check::FindingList*, 6> lists{&layout_findings, &tree_findings,    &chain_findings,
                                           &family_findings, &content_findings, &end_findings};
  check::report_findings(lists, report);
  return report;
}

}  // namespace theater::log
