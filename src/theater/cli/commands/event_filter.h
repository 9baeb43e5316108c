// Selects the events of a chain that a command shows, and their order.
#pragma once

#include "theater/cli/options/event_bound.h"
#include "theater/views/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace theater::cli {

// Takes events as the API describes them. Value type.
struct EventFilter {
  std::optional<EventBound> from = {};
  std::optional<EventBound> to = {};  // With the event that is at the bound.
  // In the type, the description or a value; the case of ASCII letters is ignored. Empty for all.
  std::string search = {};

  bool passes(const views::Json& event) const;
  // Whether no event behind this one can pass. Times do not decrease along a chain.
  bool is_behind(const views::Json& event) const;
  // The position that the first event to pass has at least.
  uint64_t first_position() const { return from ? from->position.value_or(0) : 0; }
  // Whether positions alone do not decide.
  bool is_narrow() const { return !search.empty() || to || (from && from->time_us); }
};

enum class EventOrder : uint8_t { kChain, kTime, kType, kSize };

// Sorts events of one chain, the least first. Events that are alike stay in the order of the chain.
void sort_events(std::vector<views::Json>& events, EventOrder order);

// The bytes of an event: those that were hashed, and the payloads that the log keeps next to it.
uint64_t event_size(const views::Json& event);

}  // namespace theater::cli
