// The requests that an actor has taken and not yet answered, by their ids.
//
// There are as many as others wait for: each actor that asks waits for one answer, and each client
// for those that it has asked for. So an actor may hold very many, and none of the operations but
// those on all of them depends on how many.
#pragma once

#include "theater/actor/messaging/reply_to.h"
#include "theater/base/check.h"

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace theater {

// Not thread-safe: only the worker that runs the actor's turn.
class OpenRequests {
 public:
  // Ids are unique in the node, so none is added twice.
  void add(std::string id, ReplyTo from) {
    auto added = by_age_.insert(by_age_.end(), Open{std::move(id), std::move(from)});
    bool is_new = by_id_.emplace(added->id, added).second;
    THEATER_CHECK(is_new, "request {} is open already", added->id);
  }

  // Null if there is none of that id.
  const ReplyTo* find(std::string_view id) const {
    auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second->from;
  }

  // Removes one that `find` has found.
  ReplyTo take(std::string_view id) {
    auto found = by_id_.find(id);
    auto open = found->second;
    by_id_.erase(found);
    ReplyTo from = std::move(open->from);
    by_age_.erase(open);
    return from;
  }

  bool empty() const { return by_age_.empty(); }

  // Oldest first.
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    ids.reserve(by_age_.size());
    for (const Open& open : by_age_)
      ids.push_back(open.id);
    return ids;
  }

  // Removes all, oldest first.
  std::vector<ReplyTo> take_all() {
    by_id_.clear();
    std::vector<ReplyTo> all;
    all.reserve(by_age_.size());
    for (Open& open : std::exchange(by_age_, {}))
      all.push_back(std::move(open.from));
    return all;
  }

  size_t size() const { return by_age_.size(); }

 private:
  struct Open {
    std::string id;
    ReplyTo from;
  };
  using ByAge = std::list<Open>;

  ByAge by_age_;                                                 // Oldest first.
  std::unordered_map<std::string_view, ByAge::iterator> by_id_;  // By the ids in the list.
};

}  // namespace theater
