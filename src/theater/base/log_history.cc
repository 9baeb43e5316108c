#include "theater/base/log_history.h"

#include <algorithm>
#include <functional>

namespace theater {

namespace {

bool is_wanted(const LogHistory::Line& line, const std::optional<ActorId>& id) {
  return !id || line.entry.id == id;
}

}  // namespace

LogHistory::LogHistory(uint64_t first) {
  state_.with([&](State& state) {
    state.end = first;
    for (Lane& lane : state.lanes)
      lane.gone_before = first;
  });
}

void LogHistory::add(const LogEntry& entry) {
  state_.with([&](State& state) {
    Lane& lane = state.lanes[static_cast<size_t>(entry.lane)];
    lane.bytes += entry.bytes();
    lane.lines.push_back({state.end++, entry});
    while (lane.lines.size() > 1 &&
           (lane.lines.size() > kLaneLinesMax || lane.bytes > kLaneBytesMax)) {
      const Line& oldest = lane.lines.front();
      lane.bytes -= oldest.entry.bytes();
      lane.gone_before = oldest.position + 1;
      lane.lines.pop_front();
    }
  });
}

LogHistory::Page LogHistory::read(uint64_t from, size_t limit,
                                  const std::optional<ActorId>& id) const {
  return state_.with([&](const State& state) {
    Page page{.lines = {}, .complete_from = 0, .next = std::max(from, state.end)};
    // The lanes are merged by position.
    std::array<std::deque<Line>::const_iterator, kLogLanes> at;
    for (size_t i = 0; i < kLogLanes; ++i) {
      const Lane& lane = state.lanes[i];
      page.complete_from = std::max(page.complete_from, lane.gone_before);
      at[i] = std::ranges::lower_bound(lane.lines, from, {}, &Line::position);
    }
    for (;;) {
      std::optional<size_t> first;
      for (size_t i = 0; i < kLogLanes; ++i) {
        if (at[i] == state.lanes[i].lines.end()) continue;
        if (!first || at[i]->position < at[*first]->position) first = i;
      }
      if (!first) return page;
      const Line& line = *at[*first]++;
      if (!is_wanted(line, id)) continue;
      if (page.lines.size() == limit) {
        page.next = line.position;
        return page;
      }
      page.lines.push_back(line);
    }
  });
}

uint64_t LogHistory::end() const {
  return state_.with([](const State& state) { return state.end; });
}

uint64_t LogHistory::position_of_last(size_t count, const std::optional<ActorId>& id) const {
  return state_.with([&](const State& state) {
    std::vector<uint64_t> positions;
    for (const Lane& lane : state.lanes) {
      size_t found = 0;
      for (auto line = lane.lines.rbegin(); line != lane.lines.rend() && found < count; ++line) {
        if (!is_wanted(*line, id)) continue;
        positions.push_back(line->position);
        ++found;
      }
    }
    if (positions.empty() || count == 0) return state.end;
    size_t nth = std::min(count, positions.size()) - 1;
    std::ranges::nth_element(positions, positions.begin() + static_cast<ptrdiff_t>(nth),
                             std::greater());
    return positions[nth];
  });
}

}  // namespace theater
