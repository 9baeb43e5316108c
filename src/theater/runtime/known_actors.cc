#include "theater/runtime/known_actors.h"

#include "theater/actor/cell/cell.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

Failure unknown(const ActorId& id) {
  return fail(ErrorCode::kNotFound, "there is no actor {}", id.to_string());
}

}  // namespace

void KnownActors::free_name(State& state, const Known& known) {
  if (known.root && known.root->name) state.by_name.erase(*known.root->name);
}

Result<void> KnownActors::reserve(const ActorId& id, std::optional<RootInfo> root) {
  return state_.with([&](State& state) -> Result<void> {
    if (state.closed) return fail(ErrorCode::kUnavailable, "the node is shutting down");
    if (state.living >= living_max_) {
      return fail(ErrorCode::kResourceExhausted,
                  "this node has {} live actors, which is its limit: end some first", living_max_);
    }
    bool is_named = root && root->name;
    auto holder = is_named ? state.by_name.find(*root->name) : state.by_name.end();
    if (holder != state.by_name.end()) {
      return fail(ErrorCode::kAlreadyExists, "the name `{}` belongs to actor {}", *root->name,
                  holder->second.to_string());
    }
    auto [known, is_new] = state.by_id.try_emplace(id);
    if (!is_new) return fail(ErrorCode::kAlreadyExists, "there is an actor {}", id.to_string());
    if (is_named) state.by_name.emplace(*root->name, id);
    known->second.root = std::move(root);
    ++state.living;
    return {};
  });
}

void KnownActors::set(const ActorId& id, std::shared_ptr<ActorCell> cell) {
  state_.with([&](State& state) {
    Known& known = state.by_id.at(id);
    known.is_child = cell->is_child();
    known.cell = std::move(cell);
    state.in_order.insert(id);
  });
}

void KnownActors::drop(const ActorId& id) {
  state_.with([&](State& state) {
    free_name(state, state.by_id.at(id));
    state.by_id.erase(id);
    state.in_order.erase(id);
    --state.living;
  });
}

void KnownActors::ended(const ActorId& id, EndReport report) {
  // Destroyed without the lock.
  std::vector<Ended> waiting;
  std::unordered_map<ActorId, Known>::node_type forgotten;
  state_.with([&](State& state) {
    Known& known = state.by_id.at(id);
    free_name(state, known);
    --state.living;
    waiting = std::exchange(known.waiting, {});
    known.report = report;
    std::deque<ActorId>& order = known.is_child ? state.ended_children : state.ended_roots;
    order.push_back(id);
    if (order.size() <= kEndedMax) return;
    forgotten = state.by_id.extract(order.front());
    state.forgotten.add(forgotten.mapped().cell->metrics(), true);
    state.in_order.erase(order.front());
    order.pop_front();
  });
  for (const auto& call : waiting)
    call(report);
}

Result<std::shared_ptr<ActorCell>> KnownActors::find(const ActorId& id) const {
  return state_.with([&](const State& state) -> Result<std::shared_ptr<ActorCell>> {
    auto found = state.by_id.find(id);
    if (found == state.by_id.end() || !found->second.cell) return unknown(id);
    return found->second.cell;
  });
}

Failure KnownActors::why_absent(const ActorId& id) const {
  std::string failure;
  bool is_known = state_.with([&](const State& state) {
    auto found = state.by_id.find(id);
    if (found == state.by_id.end() || !found->second.cell) return false;
    if (found->second.report) failure = found->second.report->failure;
    return true;
  });
  if (!is_known) return unknown(id);
  // One without a report left the router just now.
  return fail(ErrorCode::kNotFound, "actor {} has ended{}{}", id.to_string(),
              failure.empty() ? "" : ": ", failure);
}

void KnownActors::when_ended(const ActorId& id, Ended call) {
  std::optional<EndReport> report;
  bool is_known = state_.with([&](State& state) {
    auto found = state.by_id.find(id);
    if (found == state.by_id.end() || !found->second.cell) return false;
    report = found->second.report;
    if (!report) found->second.waiting.push_back(std::move(call));
    return true;
  });
  if (!is_known) return call(unknown(id));
  if (report) call(*std::move(report));
}

void KnownActors::leave(const ActorId& id, const Error& why) {
  // Destroyed without the lock.
  std::unordered_map<ActorId, Known>::node_type left;
  state_.with([&](State& state) {
    left = state.by_id.extract(id);
    if (left.mapped().cell) state.forgotten.add(left.mapped().cell->metrics(), true);
    state.in_order.erase(id);
    free_name(state, left.mapped());
    --state.living;
  });
  for (const auto& call : left.mapped().waiting)
    call(Failure(why));
}

void KnownActors::set_grants(const ActorId& id, std::vector<std::string> grants) {
  state_.with([&](State& state) {
    auto found = state.by_id.find(id);
    if (found != state.by_id.end() && found->second.root)
      found->second.root->grants = std::move(grants);
  });
}

std::optional<RootInfo> KnownActors::root(const ActorId& id) const {
  return state_.with([&](const State& state) -> std::optional<RootInfo> {
    auto found = state.by_id.find(id);
    return found == state.by_id.end() ? std::nullopt : found->second.root;
  });
}

std::optional<ActorId> KnownActors::named(const std::string& name) const {
  return state_.with([&](const State& state) -> std::optional<ActorId> {
    auto found = state.by_name.find(name);
    return found == state.by_name.end() ? std::nullopt : std::optional(found->second);
  });
}

std::vector<ActorId> KnownActors::ids() const {
  return state_.with([&](const State& state) {
    return std::vector<ActorId>(state.in_order.begin(), state.in_order.end());
  });
}

std::vector<ActorId> KnownActors::ids_after(const std::optional<ActorId>& after,
                                            size_t count) const {
  return state_.with([&](const State& state) {
    const std::set<ActorId>& all = state.in_order;
    auto next = after ? all.upper_bound(*after) : all.begin();
    std::vector<ActorId> ids;
    for (; next != all.end() && ids.size() < count; ++next)
      ids.push_back(*next);
    return ids;
  });
}

KnownActors::Census KnownActors::census() const {
  return state_.with([](const State& state) {
    Census census{{}, state.forgotten};
    census.known.reserve(state.in_order.size());
    for (const auto& [id, known] : state.by_id) {
      if (known.cell) census.known.push_back(known.cell);
    }
    return census;
  });
}

std::vector<std::shared_ptr<ActorCell>> KnownActors::living() const {
  std::vector<std::shared_ptr<ActorCell>> cells;
  state_.with([&](const State& state) {
    for (const auto& [id, known] : state.by_id)
      if (known.cell && !known.report) cells.push_back(known.cell);
  });
  std::sort(cells.begin(), cells.end(),
            [](const auto& a, const auto& b) { return a->id() < b->id(); });
  return cells;
}

size_t KnownActors::living_count() const {
  return state_.with([](const State& state) { return state.living; });
}

bool KnownActors::is_closed() const {
  return state_.with([](const State& state) { return state.closed; });
}

void KnownActors::close() {
  state_.with([](State& state) { state.closed = true; });
}

}  // namespace theater
