// The requests that an actor has taken and not yet answered, by their ids.
#pragma once

#include "theater/actor/return_address.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater {

// Not thread-safe: only the worker that runs the actor's turn.
class OpenRequests {
 public:
  void add(std::string id, ReturnAddress from) {
    by_id_.insert_or_assign(std::move(id), Open{next_++, std::move(from)});
  }

  // Null if there is none of that id.
  const ReturnAddress* find(std::string_view id) const {
    auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second.from;
  }

  // Removes one that `find` has found.
  ReturnAddress take(std::string_view id) {
    auto found = by_id_.find(id);
    ReturnAddress from = std::move(found->second.from);
    by_id_.erase(found);
    return from;
  }

  // Oldest first.
  std::vector<std::string> ids() const {
    std::map<uint64_t, std::string> by_age;
    for (const auto& [id, open] : by_id_)
      by_age.emplace(open.age, id);
    std::vector<std::string> ids;
    for (auto& [age, id] : by_age)
      ids.push_back(std::move(id));
    return ids;
  }

  // Removes all, oldest first.
  std::vector<ReturnAddress> take_all() {
    std::vector<ReturnAddress> all;
    for (const std::string& id : ids())
      all.push_back(take(id));
    return all;
  }

  size_t size() const { return by_id_.size(); }

 private:
  struct Open {
    uint64_t age = 0;
    ReturnAddress from;
  };

  std::map<std::string, Open, std::less<>> by_id_;
  uint64_t next_ = 0;
};

}  // namespace theater
