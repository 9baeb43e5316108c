#include "theater/log/check/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace theater::log::check {

namespace {

size_t rank(Verdict verdict) {
  return static_cast<size_t>(verdict);
}

// The group's finding takes the place of the event that it and the chain agree about, and the
// chain's own finding goes: it says the same.
void name_changed_events(std::vector<PlacedFinding>& all) {
  for (PlacedFinding& root : all) {
    if (!root.group) continue;
    auto link = std::find_if(all.begin(), all.end(), [&](const PlacedFinding& one) {
      return one.before && one.before->index >= root.group->first &&
             one.before->index - root.group->first < root.group->count;
    });
    if (link == all.end()) continue;
    EventPlace changed = *link->before;
    root.place = changed.place;
    root.finding.offset = changed.place.offset;
    root.finding.index = changed.index;
    root.finding.actor = changed.actor;
    root.finding.seq = changed.seq;
    root.finding.what +=
        fmt::format("; event {} of the log was changed: the event after it in its chain says so",
                    changed.index);
    root.group.reset();
    all.erase(link);
    name_changed_events(all);
    return;
  }
}

}  // namespace

std::string segment_file(uint64_t number) {
  return "segments/" + segment_file_name(number);
}

std::string bodies_file(uint64_t number) {
  return "segments/" + bodies_file_name(number);
}

void FindingList::add(PlacedFinding finding) {
  Verdict verdict = finding.finding.verdict;
  seen_[rank(verdict)] = true;
  if (kept_of_[rank(verdict)] == CheckOptions::kFindingsMax) {
    ++left_out_;
    return;
  }
  ++kept_of_[rank(verdict)];
  kept_.push_back(std::move(finding));
}

void FindingList::add_at(Verdict verdict, const Place& place, std::string what) {
  add({.finding = {.verdict = verdict,
                   .what = std::move(what),
                   .file = segment_file(place.segment),
                   .offset = place.offset},
       .place = place});
}

PlacedFinding finding_of_event(Verdict verdict, const EventPlace& event, std::string what) {
  return {.finding = {.verdict = verdict,
                      .what = std::move(what),
                      .file = segment_file(event.place.segment),
                      .offset = event.place.offset,
                      .index = event.index,
                      .actor = event.actor,
                      .seq = event.seq},
          .place = event.place};
}

void FindingList::add_event(Verdict verdict, const EventPlace& event, std::string what) {
  add(finding_of_event(verdict, event, std::move(what)));
}

void FindingList::leave_out(Verdict verdict) {
  seen_[rank(verdict)] = true;
  ++left_out_;
}

void report_findings(std::span<FindingList* const> lists, LogReport& report) {
  std::vector<PlacedFinding> all;
  bool invalid = false;
  bool unverifiable = false;
  for (FindingList* list : lists) {
    std::move(list->kept_.begin(), list->kept_.end(), std::back_inserter(all));
    report.findings_left_out += list->left_out_;
    invalid = invalid || list->seen_[rank(Verdict::kInvalid)];
    unverifiable = unverifiable || list->seen_[rank(Verdict::kUnverifiable)];
  }
  name_changed_events(all);
  // Enumerators are not in the order of badness: what is wrong comes before what is missing.
  std::stable_sort(all.begin(), all.end(), [](const PlacedFinding& a, const PlacedFinding& b) {
    bool a_invalid = a.finding.verdict == Verdict::kInvalid;
    bool b_invalid = b.finding.verdict == Verdict::kInvalid;
    if (a_invalid != b_invalid) return a_invalid;
    return a.place < b.place;
  });
  if (all.size() > CheckOptions::kFindingsMax) {
    report.findings_left_out += all.size() - CheckOptions::kFindingsMax;
    all.resize(CheckOptions::kFindingsMax);
  }
  for (PlacedFinding& one : all)
    report.findings.push_back(std::move(one.finding));
  report.verdict = invalid        ? Verdict::kInvalid
                   : unverifiable ? Verdict::kUnverifiable
                                  : Verdict::kValid;
}

}  // namespace theater::log::check
