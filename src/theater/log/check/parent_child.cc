#include "theater/log/check/parent_child.h"

#include "theater/log/reader/log_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::log::check {

namespace {

// They are put in order at the end, so more are kept than are shown.
constexpr size_t kWrongMax = 1000;

}  // namespace

std::optional<uint64_t> RecentEvents::find(const Hash& hash) const {
  uint64_t kept = std::min<uint64_t>(count_, hashes_.size());
  for (uint64_t seq = count_ - kept; seq < count_; ++seq)
    if (hashes_[seq % hashes_.size()] == hash) return seq;
  return std::nullopt;
}

ParentChildCheck::End ParentChildCheck::End::of(const Ending& how, const CheckedEvent& event) {
  End end{.how = how.index(), .data = event.end_data};
  const auto* completed = std::get_if<EndedCompleted>(&how);
  if (completed == nullptr || !completed->value) return end;
  end.has_data = true;
  const auto* detached = std::get_if<Detached>(&*completed->value);
  end.length = detached != nullptr ? detached->length
                                   : std::get<Inline>(*completed->value).value.view().size();
  return end;
}

bool ParentChildCheck::End::agrees(const End& other) const {
  if (how != other.how || has_data != other.has_data || length != other.length) return false;
  return !data || !other.data || *data == *other.data;
}

void ParentChildCheck::wrong(const EventPlace& place, std::string what) {
  if (wrong_.size() == kWrongMax) {
    ++left_out_;
    return;
  }
  wrong_.push_back(finding_of_event(Verdict::kInvalid, place, std::move(what)));
}

// Null if it is closed.
ParentChildCheck::Member* ParentChildCheck::member(const ActorId& id) {
  auto [found, is_new] = members_.try_emplace(id);
  if (is_new) found->second = std::make_unique<Member>();
  return found->second.get();
}

void ParentChildCheck::accept(const ActorId& actor, const CheckedEvent& event,
                              const EventPlace& place, std::optional<uint64_t> cited) {
  const Body& body = event.event.body;
  if (const auto* genesis = std::get_if<Genesis>(&body)) {
    Member* of = member(actor);
    if (of == nullptr || of->own) return;
    of->own = Own{.place = place,
                  .genesis = event.hash,
                  .parent = genesis->parent,
                  .cited = cited,
                  .terminated = std::nullopt,
                  .end = {}};
  } else if (std::holds_alternative<Instance>(body)) {
    Member* of = member(actor);
    if (of != nullptr && of->own) of->own->has_begun = true;
  } else if (const auto* child = std::get_if<Child>(&body)) {
    accept_child(actor, *child, place);
  } else if (const auto* ended = std::get_if<ChildEnded>(&body)) {
    accept_child_ended(actor, *ended, event, place);
  } else if (const auto* end = std::get_if<Terminated>(&body)) {
    accept_end(actor, *end, event, place);
  }
}

void ParentChildCheck::accept_child(const ActorId& parent, const Child& child,
                                    const EventPlace& place) {
  if (Member* of = member(parent)) of->children.accept(child, {});
  Member* of = member(child.actor);
  if (of == nullptr) {
    return wrong(place, fmt::format("`child` of actor {}, which has no parent or had ended before",
                                    child.actor.to_string()));
  }
  if (of->said) {
    return wrong(place, fmt::format("`child` of actor {}, which is a child of {} already",
                                    child.actor.to_string(), of->said->by.to_string()));
  }
  of->said = Said{.by = parent, .place = place, .genesis = child.genesis, .ended = std::nullopt};
}

void ParentChildCheck::accept_child_ended(const ActorId& parent, const ChildEnded& ended,
                                          const CheckedEvent& event, const EventPlace& place) {
  Member* above = member(parent);
  if (above == nullptr || !above->children.accept(ended)) {
    return wrong(
        place, fmt::format("`child-ended` of actor {}, which is no child of this one at that time",
                           ended.actor.to_string()));
  }
  Member* of = member(ended.actor);
  if (of == nullptr || !of->said || of->said->by != parent) return;
  of->said->ended =
      Said::Ended{.place = place, .head = ended.head, .end = End::of(ended.how, event)};
  close_if_done(ended.actor);
}

void ParentChildCheck::accept_end(const ActorId& actor, const Terminated& end,
                                  const CheckedEvent& event, const EventPlace& place) {
  Member* of = member(actor);
  if (of == nullptr || !of->own || of->own->terminated) return;
  of->own->terminated = event.hash;
  of->own->end = End::of(end.how, event);
  if (std::optional<ActorId> child = of->children.smallest()) {
    wrong(place, fmt::format("`terminated`, but {} of its children have no `child-ended`, such as "
                             "actor {}",
                             of->children.size(), child->to_string()));
    of->children.clear();
  }
  close_if_done(actor);
}

void ParentChildCheck::close_if_done(const ActorId& id) {
  std::unique_ptr<Member>& of = members_.at(id);
  if (!of->own || !of->own->terminated) return;
  const Own& own = *of->own;
  bool is_settled = own.parent ? own.cited && of->said && of->said->ended : !of->said;
  if (!is_settled) return;
  compare(id, *of);
  of.reset();
}

void ParentChildCheck::compare(const ActorId& id, const Member& member) {
  if (!member.own) return;  // Kept in memory.
  const Own& own = *member.own;
  if (member.said) return compare_said(id, own, *member.said);
  if (!own.parent) return;
  auto parent = members_.find(own.parent->actor);
  bool is_there = parent != members_.end() && (parent->second == nullptr || parent->second->own);
  if (is_there && own.has_begun) {
    wrong(own.place, fmt::format("its genesis says that it is a child of actor {}, whose chain has "
                                 "no `child` of it",
                                 own.parent->actor.to_string()));
  }
}

void ParentChildCheck::compare_said(const ActorId& id, const Own& own, const Said& said) {
  if (said.genesis != own.genesis) {
    wrong(said.place,
          fmt::format("`child` says that the genesis of actor {} is {}, but it is {}",
                      id.to_string(), said.genesis.to_string(), own.genesis.to_string()));
  }
  if (!own.parent || own.parent->actor != said.by) {
    wrong(said.place, fmt::format("`child` of actor {}, whose genesis says that {}", id.to_string(),
                                  own.parent ? "its parent is " + own.parent->actor.to_string()
                                             : "it has no parent"));
  } else if (own.cited && *own.cited >= said.place.seq) {
    wrong(own.place, fmt::format("its genesis cites event {} of its parent, which is not before "
                                 "the `child` there, event {}",
                                 *own.cited, said.place.seq));
  }
  if (said.ended) compare_end(id, own, *said.ended);
}

void ParentChildCheck::compare_end(const ActorId& id, const Own& own, const Said::Ended& ended) {
  if (!own.terminated) {
    wrong(ended.place, fmt::format("`child-ended` of actor {}, whose chain has no `terminated`",
                                   id.to_string()));
  } else if (ended.head != *own.terminated) {
    wrong(ended.place,
          fmt::format("`child-ended` says that the head of actor {} is {}, but it is {}",
                      id.to_string(), ended.head.to_string(), own.terminated->to_string()));
  } else if (!ended.end.agrees(own.end)) {
    wrong(ended.place, fmt::format("`child-ended` says otherwise how actor {} ended than its own "
                                   "`terminated`",
                                   id.to_string()));
  }
}

// Reads each chain once that has cited events of which it is not known where they are.
void ParentChildCheck::find_cited(const std::filesystem::path& folder) {
  std::map<ActorId, std::map<Hash, std::vector<Own*>>> wanted;
  for (auto& [id, of] : members_) {
    if (of == nullptr || !of->own || !of->own->parent || of->own->cited) continue;
    const Ancestor& parent = *of->own->parent;
    wanted[parent.actor][parent.event].push_back(&*of->own);
  }
  if (wanted.empty()) return;
  Result<std::unique_ptr<LogReader>> reader = LogReader::open(folder);
  if (!reader) return;  // The other stages have said why.
  for (auto& [parent, events] : wanted) {
    if ((*reader)->find(parent) == nullptr) continue;
    LogCursor cursor = (*reader)->actor_cursor(parent);
    bool was_read = false;
    for (uint64_t seq = 0; !events.empty(); ++seq) {
      Result<std::optional<StoredEvent>> event = cursor.next();
      was_read = event && !*event;
      if (!event || !*event) break;
      auto found = events.find(event_hash((*event)->bytes));
      if (found == events.end()) continue;
      for (Own* own : found->second)
        own->cited = seq;
      events.erase(found);
    }
    if (!was_read) continue;
    for (const auto& [hash, children] : events) {
      for (const Own* own : children) {
        wrong(own->place,
              fmt::format("its genesis cites an event that its parent, actor {}, does not have: {}",
                          parent.to_string(), hash.to_string()));
      }
    }
  }
}

void ParentChildCheck::finish(const std::filesystem::path& folder, bool is_whole) {
  if (!is_whole) return;
  find_cited(folder);
  for (const auto& [id, of] : members_)
    if (of != nullptr) compare(id, *of);
  std::sort(wrong_.begin(), wrong_.end(),
            [](const PlacedFinding& a, const PlacedFinding& b) { return a.place < b.place; });
  for (PlacedFinding& one : wrong_)
    findings_.add(std::move(one));
  for (; left_out_ > 0; --left_out_)
    findings_.leave_out(Verdict::kInvalid);
}

}  // namespace theater::log::check
