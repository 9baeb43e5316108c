#include "theater/actor/children.h"

#include "theater/actor/cell.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// The graph knows waits by numbers, which requests count from 0.
constexpr uint64_t kFirstWait = uint64_t{1} << 63;

std::string why_not_started(const ChildGone& gone) {
  if (!gone.why_failed.empty()) return gone.why_failed;
  return "it was ended before init had returned";
}

}  // namespace

std::optional<std::string> Children::refusal() const {
  if (world_.spawner == nullptr) return "this node does not let actors spawn others";
  if (living_.size() >= kChildrenMax) {
    return fmt::format("the actor has {} children, which is the limit: stop one first",
                       living_.size());
  }
  if (depth_ >= kDepthMax) {
    return fmt::format(
        "the actor is at depth {} of the supervision tree, which is the limit: "
        "let an actor above it spawn the child",
        depth_);
  }
  return std::nullopt;
}

void Children::spawn(ChildRequest request, SpawnReply reply) {
  if (auto why = refusal()) return std::move(reply).answer(tl::unexpected(*std::move(why)));
  uint64_t number = next_number_++;
  making_.emplace(Making{number, std::move(reply)});
  world_.spawner->make_child(std::move(request),
                             ParentLink{cell_.self(), recorder_.chain().head(), depth_}, number);
}

void Children::stop(const ActorId& id, StopReply reply) {
  Child* child = find(id);
  if (child == nullptr) {
    return std::move(reply).answer(
        tl::unexpected(fmt::format("{} is not a child of this actor", id.to_string())));
  }
  child->stopping.push_back(std::move(reply));
  begin_wait(id);
  ask_to_stop(*child);
}

void Children::forget_calls() {
  end_wait();
  making_.reset();
  for (Child& child : living_) {
    child.started = {};
    child.stopping.clear();
  }
}

// A child that is in such a ring already gets no answer, and ends when its time is over.
void Children::begin_wait(const ActorId& child) {
  uint64_t number = kFirstWait | next_number_++;
  if (world_.waits.enter(cell_.id(), child, number).empty()) wait_ = number;
}

void Children::end_wait() {
  if (wait_) world_.waits.leave(cell_.id(), *std::exchange(wait_, std::nullopt));
}

std::vector<ActorId> Children::ids() const {
  std::vector<ActorId> ids;
  for (const Child& child : living_)
    ids.push_back(child.id);
  return ids;
}

void Children::handle(ChildNews news) {
  std::visit([this](auto& piece) { handle_news(piece); }, news);
}

Children::Child* Children::find(const ActorId& id) {
  auto found = std::find_if(living_.begin(), living_.end(),
                            [&](const Child& child) { return child.id == id; });
  return found == living_.end() ? nullptr : &*found;
}

void Children::handle_news(ChildMade& made) {
  SpawnReply reply;
  if (making_ && making_->number == made.number) {
    reply = std::move(making_->reply);
    making_.reset();
  }
  if (!made.child) {
    if (reply.pending()) std::move(reply).answer(tl::unexpected(std::move(made.child).error()));
    return;
  }
  ActorCell& child = **made.child;
  if (ending_) {
    // It is not in this chain, so nobody has heard of it, and it ends without having begun.
    child.kill(log::ByActor{cell_.id()});
    child.begin();
    return;
  }
  // Until it begins the child does not touch its chain.
  recorder_.record(log::Child{child.id(), child.chain().head()});
  if (reply.pending()) begin_wait(child.id());
  cell_.kin().began(*made.child);
  living_.push_back({.id = child.id(), .cell = *made.child, .started = std::move(reply)});
  child.begin();
}

void Children::handle_news(ChildStarted& started) {
  Child* child = find(started.child);
  if (child == nullptr || !child->started.pending()) return;
  end_wait();
  std::move(child->started).answer(started.child.to_string());
}

void Children::handle_news(ChildGone& gone) {
  auto found = std::find_if(living_.begin(), living_.end(),
                            [&](const Child& child) { return child.id == gone.child; });
  if (found == living_.end()) return;
  // The guest that asked for a child is answered, and that is how it hears of a failure.
  bool is_known = !found->started.pending();
  bool by_parent = found->asked_to_stop || found->killed;
  auto notice = ChildNotice::of_end(gone.child, gone.how, gone.why_failed, by_parent);
  recorder_.record(log::ChildEnded{gone.child, gone.head, std::move(gone.how)});
  Child child = std::move(*found);
  living_.erase(found);
  cell_.kin().ended(gone.child);
  world_.timers.cancel(child.deadline);
  if (child.started.pending() || !child.stopping.empty()) end_wait();
  if (child.started.pending()) {
    std::move(child.started)
        .answer(tl::unexpected(
            fmt::format("spawning actor `{}`: {}", child.cell->name(), why_not_started(gone))));
  }
  for (StopReply& reply : child.stopping)
    std::move(reply).answer({});
  if (is_known && notice) cell_.notify(*std::move(notice));
}

void Children::handle_news(ChildOverdue& overdue) {
  if (Child* child = find(overdue.child)) kill(*child);
}

void Children::handle_news(ChildrenOverdue&) {
  overdue_ = true;
}

void Children::ask_to_stop(Child& child) {
  if (std::exchange(child.asked_to_stop, true)) return;
  child.cell->stop(log::ByActor{cell_.id()});
  if (ending_) return;
  child.deadline = world_.timers.after(
      kStopDeadline, [parent = cell_.self(), id = child.id] { parent->tell(ChildOverdue{id}); });
}

void Children::kill(Child& child) {
  if (!std::exchange(child.killed, true)) child.cell->kill(log::ByActor{cell_.id()});
}

bool Children::end_all(bool by_force) {
  ending_ = true;
  if (living_.empty()) {
    world_.timers.cancel(std::exchange(end_deadline_, 0));
    return true;
  }
  if (by_force || overdue_) {
    for (auto child = living_.rbegin(); child != living_.rend(); ++child)
      kill(*child);
    return false;
  }
  ask_to_stop(living_.back());
  if (end_deadline_ == 0) {
    end_deadline_ = world_.timers.after(
        kStopDeadline, [parent = cell_.self()] { parent->tell(ChildrenOverdue{}); });
  }
  return false;
}

}  // namespace theater
