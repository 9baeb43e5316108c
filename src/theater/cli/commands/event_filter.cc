#include "theater/cli/commands/event_filter.h"

#include "theater/cli/commands/actor_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>

namespace theater::cli {

namespace {

using views::Json;

std::optional<uint64_t> position_of(const Json& event) {
  auto found = event.find("seq");
  if (found == event.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<uint64_t>();
}

std::optional<uint64_t> time_of(const Json& event) {
  return read_utc(member_text(event, "time"));
}

bool is_before(const Json& event, const EventBound& bound) {
  if (bound.position) return position_of(event) < bound.position;
  return time_of(event) < bound.time_us;
}

bool is_after(const Json& event, const EventBound& bound) {
  if (bound.position) return position_of(event) > bound.position;
  return time_of(event) > bound.time_us;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view part) {
  auto alike = [](char left, char right) { return lower(left) == lower(right); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), alike) != text.end();
}

// In a text, or in one within a list or an object; numbers count by their digits.
bool has_text(const Json& value, std::string_view part) {
  // A stack in place of a recursion, whose depth a guest would decide.
  std::vector<const Json*> left = {&value};
  while (!left.empty()) {
    const Json& one = *left.back();
    left.pop_back();
    if (one.is_string()) {
      if (contains(one.get_ref<const std::string&>(), part)) return true;
    } else if (one.is_structured()) {
      for (const auto& [name, inner] : one.items()) {
        if (one.is_object() && contains(name, part)) return true;
        left.push_back(&inner);
      }
    } else if (contains(one.dump(), part)) {
      return true;
    }
  }
  return false;
}

bool has_value(const Json& event, std::string_view part) {
  auto payloads = event.find("payloads");
  if (payloads == event.end() || !payloads->is_array()) return false;
  return std::any_of(payloads->begin(), payloads->end(), [&](const Json& payload) {
    if (!payload.is_object()) return false;
    for (const char* name : {"value", "raw"}) {
      if (auto found = payload.find(name); found != payload.end() && has_text(*found, part))
        return true;
    }
    return false;
  });
}

}  // namespace

bool EventFilter::passes(const Json& event) const {
  if (from && is_before(event, *from)) return false;
  if (to && is_after(event, *to)) return false;
  if (search.empty()) return true;
  return contains(member_text(event, "type", ""), search) ||
         contains(member_text(event, "description", ""), search) || has_value(event, search);
}

bool EventFilter::is_behind(const Json& event) const {
  return to && is_after(event, *to);
}

uint64_t event_size(const Json& event) {
  uint64_t size = member_text(event, "bytes", "").size() / 2;
  auto detached = event.find("detached");
  if (detached == event.end() || !detached->is_array()) return size;
  for (const Json& one : *detached) {
    auto length = one.is_object() ? one.find("length") : one.end();
    if (one.is_object() && length != one.end() && length->is_number_unsigned())
      size += length->get<uint64_t>();
  }
  return size;
}

void sort_events(std::vector<Json>& events, EventOrder order) {
  auto sort_by = [&](const auto& key) {
    std::stable_sort(events.begin(), events.end(),
                     [&](const Json& left, const Json& right) { return key(left) < key(right); });
  };
  switch (order) {
    case EventOrder::kChain:
      return sort_by(position_of);
    case EventOrder::kTime:
      return sort_by(time_of);
    case EventOrder::kType:
      return sort_by([](const Json& event) { return member_text(event, "type", ""); });
    case EventOrder::kSize:
      return sort_by(event_size);
  }
}

}  // namespace theater::cli
