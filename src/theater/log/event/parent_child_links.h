// The children of one actor, by the actor's own chain: `child` adds one, and `child-ended` removes
// it.
#pragma once

#include "theater/base/id.h"
#include "theater/log/event/bodies.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace theater::log {

// The fold over the events of one parent's chain, in their order. `Note` is the caller's knowledge
// of one child. Value type.
template <class Note>
class ParentChildLinks {
 public:
  // A child that is open already keeps its first note.
  void accept(const Child& body, Note note) {
    open_.try_emplace(body.actor, Entry{next_++, std::move(note)});
  }

  // The note of the child that ended; none if the actor had no such open child.
  std::optional<Note> accept(const ChildEnded& body) {
    auto found = open_.find(body.actor);
    if (found == open_.end()) return std::nullopt;
    std::optional<Note> note(std::move(found->second.note));
    open_.erase(found);
    return note;
  }

  size_t size() const { return open_.size(); }
  bool contains(const ActorId& child) const { return open_.contains(child); }
  void clear() { open_.clear(); }

  // The open child with the smallest id, which does not depend on the order of events; none if no
  // child is open.
  std::optional<ActorId> smallest() const {
    std::optional<ActorId> found;
    for (const auto& [child, entry] : open_)
      if (!found || child < *found) found = child;
    return found;
  }

  // The notes of the open children, oldest child first. Leaves no child behind.
  std::vector<Note> take_oldest_first() {
    std::vector<Entry> entries;
    entries.reserve(open_.size());
    for (auto& [child, entry] : open_)
      entries.push_back(std::move(entry));
    open_.clear();
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.order < b.order; });
    std::vector<Note> notes;
    notes.reserve(entries.size());
    for (Entry& entry : entries)
      notes.push_back(std::move(entry.note));
    return notes;
  }

 private:
  struct Entry {
    uint64_t order = 0;
    Note note;
  };

  std::unordered_map<ActorId, Entry> open_;
  uint64_t next_ = 0;
};

}  // namespace theater::log
