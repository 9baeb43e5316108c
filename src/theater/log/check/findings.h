// The findings of the stages of check_log(), each stage's in the order of the log, and the report
// that they become.
//
// A damaged log may have as many findings as bytes. Each list keeps the first few of each kind and
// counts the others.
#pragma once

#include "theater/log/check/log_check.h"
#include "theater/log/segment/segment_format.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace theater::log::check {

// A place in the log; findings are shown in this order.
struct Place {
  uint64_t segment = 0;
  uint64_t offset = 0;

  auto operator<=>(const Place&) const = default;
};
// The place after all segments.
inline constexpr Place kAfterAll{UINT64_MAX, 0};

// An event and the place of its frame.
struct EventPlace {
  Place place;
  uint64_t index = 0;
  std::optional<ActorId> actor;
  uint64_t seq = 0;
};

struct PlacedFinding {
  Finding finding;
  Place place;
  // The group of a trailer with a wrong root: one of its events was changed.
  struct Group {
    uint64_t first = 0;
    uint64_t count = 0;
  };
  std::optional<Group> group = std::nullopt;
  // The event before in the chain, if this one does not follow from it.
  std::optional<EventPlace> before = std::nullopt;
};

// A finding about an event, at its place.
PlacedFinding finding_of_event(Verdict verdict, const EventPlace& event, std::string what);

std::string segment_file(uint64_t number);  // "segments/0000000012.segment"
std::string bodies_file(uint64_t number);

// Not thread-safe.
class FindingList {
 public:
  // The calls must come in the order of places.
  void add(PlacedFinding finding);
  void add_at(Verdict verdict, const Place& place, std::string what);
  void add_event(Verdict verdict, const EventPlace& event, std::string what);

  // Counts a finding without keeping it.
  void leave_out(Verdict verdict);

 private:
  friend void report_findings(std::span<FindingList* const> lists, LogReport& report);

  std::vector<PlacedFinding> kept_;
  uint64_t left_out_ = 0;
  size_t kept_of_[3] = {0, 0, 0};
  bool seen_[3] = {false, false, false};
};

// Fills findings, findings_left_out and verdict from all lists. A group with a wrong root gets the
// name of the changed event, if that event's successor in the chain reveals it.
void report_findings(std::span<FindingList* const> lists, LogReport& report);

}  // namespace theater::log::check
