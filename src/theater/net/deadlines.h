// Times at which something must be looked at, one for each key.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace theater {

// Not thread-safe. Each operation takes a time that grows with the logarithm of the number of keys.
template <class Key>
class Deadlines {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Replaces the key's time.
  void set(const Key& key, Time time) {
    auto [place, is_new] = times_.try_emplace(key, time);
    if (!is_new) {
      if (place->second == time) return;
      order_.erase({place->second, key});
      place->second = time;
    }
    order_.emplace(time, key);
  }

  void clear(const Key& key) {
    auto found = times_.find(key);
    if (found == times_.end()) return;
    order_.erase({found->second, key});
    times_.erase(found);
  }

  // The earliest time; nothing if there is no key.
  std::optional<Time> next() const {
    return order_.empty() ? std::nullopt : std::optional(order_.begin()->first);
  }
  // The key with the earliest time.
  std::optional<Key> first() const {
    return order_.empty() ? std::nullopt : std::optional(order_.begin()->second);
  }
  // Removes and returns a key whose time is `now` or earlier, the earliest first.
  std::optional<Key> take_due(Time now) {
    if (order_.empty() || order_.begin()->first > now) return std::nullopt;
    Key key = order_.begin()->second;
    clear(key);
    return key;
  }

  bool has(const Key& key) const { return times_.contains(key); }
  size_t size() const { return times_.size(); }

 private:
  std::unordered_map<Key, Time> times_;
  std::set<std::pair<Time, Key>> order_;
};

}  // namespace theater
