#include "theater/actor/messaging/channels.h"

#include "theater/base/check.h"

#include <algorithm>
#include <utility>

namespace theater {

bool Channels::take_place() {
  size_t taken = places_.load(std::memory_order_relaxed);
  do {
    if (taken >= kOpenMax) return false;
  } while (!places_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed));
  return true;
}

void Channels::release_place() {
  size_t taken = places_.fetch_sub(1, std::memory_order_relaxed);
  THEATER_CHECK(taken > 0, "a place that was not taken is released");
}

void Channels::add(std::shared_ptr<ChannelLink> link, bool first_due) {
  std::string_view id = link->id;
  bool is_new = ends_.emplace(id, End{std::move(link), first_due}).second;
  THEATER_CHECK(is_new, "channel {} is opened twice", id);
}

std::shared_ptr<ChannelLink> Channels::find(std::string_view id) const {
  auto found = ends_.find(id);
  return found == ends_.end() || found->second.removed ? nullptr : found->second.link;
}

bool Channels::take_message(std::string_view id) {
  auto found = ends_.find(id);
  if (found == ends_.end()) return false;
  found->second.first_due = false;
  if (!found->second.removed) return true;
  erase(found);
  return false;
}

bool Channels::remove(std::string_view id) {
  auto found = ends_.find(id);
  if (found == ends_.end() || found->second.removed) return false;
  if (found->second.first_due) {
    found->second.removed = true;
  } else {
    erase(found);
  }
  return true;
}

void Channels::erase(Ends::iterator end) {
  // The key goes with the link, so the link stays until its entry has gone.
  std::shared_ptr<ChannelLink> link = std::move(end->second.link);
  ends_.erase(end);
  release_place();
}

std::vector<std::shared_ptr<ChannelLink>> Channels::links() const {
  std::vector<std::shared_ptr<ChannelLink>> all;
  for (const auto& [id, end] : ends_) {
    if (!end.removed) all.push_back(end.link);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->id < b->id; });
  return all;
}

std::vector<std::shared_ptr<ChannelLink>> Channels::take_all() {
  std::vector<std::shared_ptr<ChannelLink>> all = links();
  size_t count = std::exchange(ends_, {}).size();
  places_.fetch_sub(count, std::memory_order_relaxed);
  return all;
}

}  // namespace theater
