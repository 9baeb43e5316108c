// A map with a bound: it forgets the entries that were not used for the longest time.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace theater {

// Each entry has a weight, and all together weigh at most as much as the bound. The newest entry
// stays even if it alone is heavier. Not thread-safe.
template <class Key, class Value, class Hasher = std::hash<Key>>
class LruCache {
 public:
  explicit LruCache(size_t weight_max) : weight_max_(weight_max) {}

  // Null if there is none. Valid until the next put() or clear().
  Value* find(const Key& key) {
    auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &entries_.front().value;
  }

  // Replaces an entry with this key.
  void put(const Key& key, Value value, size_t weight = 1) {
    auto found = places_.find(key);
    if (found != places_.end()) {
      weight_ -= found->second->weight;
      entries_.erase(found->second);
      places_.erase(found);
    }
    entries_.push_front({key, std::move(value), weight});
    places_.emplace(key, entries_.begin());
    weight_ += weight;
    while (weight_ > weight_max_ && entries_.size() > 1) {
      weight_ -= entries_.back().weight;
      places_.erase(entries_.back().key);
      entries_.pop_back();
    }
  }

  // Takes the entry out, if there is one.
  std::optional<Value> take(const Key& key) {
    auto found = places_.find(key);
    if (found == places_.end()) return std::nullopt;
    std::optional<Value> value = std::move(found->second->value);
    weight_ -= found->second->weight;
    entries_.erase(found->second);
    places_.erase(found);
    return value;
  }

  void clear() {
    places_.clear();
    entries_.clear();
    weight_ = 0;
  }

  size_t size() const { return entries_.size(); }
  size_t weight() const { return weight_; }

 private:
  struct Entry {
    Key key;
    Value value;
    size_t weight = 0;
  };

  size_t weight_max_;
  size_t weight_ = 0;
  std::list<Entry> entries_;  // The one that was used last comes first.
  std::unordered_map<Key, typename std::list<Entry>::iterator, Hasher> places_;
};

}  // namespace theater
