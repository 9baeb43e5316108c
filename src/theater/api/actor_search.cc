#include "theater/api/actor_search.h"

#include "theater/views/live_actor.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::api {

namespace {

constexpr size_t kIdDigits = 32;
// Actors that one text may mean in an answer.
constexpr size_t kMeantMax = 100;

bool passes(const Runtime& runtime, const ActorFilter& filter, const views::LiveActor& actor) {
  const std::optional<ActorId>& parent = actor.facts.parent;
  if (filter.roots_only && parent) return false;
  if (filter.parent && parent != filter.parent) return false;
  if (!filter.state.empty() && views::state_word(actor.status) != filter.state) return false;
  if (!filter.name.empty() && actor.name() != filter.name) return false;
  return !filter.subtree || is_within(runtime, *filter.subtree, actor.id);
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> names;
  while (true) {
    size_t slash = path.find('/');
    names.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return names;
    path.remove_prefix(slash + 1);
  }
}

// Whether the actor's name and those of the actors above it are `names`, down from a root.
bool has_path(const Runtime& runtime, const views::LiveActor& actor,
              const std::vector<std::string_view>& names) {
  std::optional<ActorId> parent = actor.facts.parent;
  std::string name = actor.name();
  for (size_t left = names.size(); left-- > 0;) {
    if (name != names[left]) return false;
    if (left == 0) return !parent;
    if (!parent) return false;
    auto above = views::live_actor(runtime, *parent);
    if (!above) return false;
    name = above->name();
    parent = above->facts.parent;
  }
  return false;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

views::Json page_of(const std::vector<views::LiveActor>& actors) {
  views::Json list = views::Json::array();
  for (const views::LiveActor& actor : actors)
    list.push_back(views::live_actor_json(actor));
  return {{"actors", std::move(list)}, {"cursor", nullptr}};
}

}  // namespace

bool is_within(const Runtime& runtime, const ActorId& root, const ActorId& id) {
  std::optional<ActorId> at = id;
  while (at && *at != root) {
    auto facts = runtime.facts(*at);
    at = facts ? facts->parent : std::nullopt;
  }
  return at.has_value();
}

views::Json actor_page(const Runtime& runtime, const ActorFilter& filter) {
  std::vector<views::LiveActor> found;
  bool has_more = false;
  std::optional<ActorId> after = filter.after;
  while (!has_more) {
    // One more than a page, to know whether it is the last one.
    std::vector<ActorId> ids = runtime.actors_after(after, filter.limit + 1);
    if (ids.empty()) break;
    after = ids.back();
    for (const ActorId& id : ids) {
      // It may be forgotten meanwhile.
      auto actor = views::live_actor(runtime, id);
      if (!actor || !passes(runtime, filter, *actor)) continue;
      has_more = found.size() == filter.limit;
      if (has_more) break;
      found.push_back(*std::move(actor));
    }
  }
  views::Json page = page_of(found);
  if (has_more) page["cursor"] = found.back().id.to_string();
  return page;
}

views::Json actors_meant(const Runtime& runtime, const std::string& reference,
                         const Identity& who) {
  auto may_see = [&](const ActorId& id) {
    return !who.subtree || is_within(runtime, *who.subtree, id);
  };
  if (auto id = ActorId::parse(reference)) {
    auto actor = views::live_actor(runtime, *id);
    if (!actor || !may_see(*id)) return page_of({});
    return page_of({*std::move(actor)});
  }
  bool may_be_prefix =
      is_hex(reference) && reference.size() >= kPrefixDigitsMin && reference.size() < kIdDigits;
  std::vector<std::string_view> names = split_path(reference);
  std::vector<views::LiveActor> meant;
  for (const ActorId& id : runtime.actors()) {
    bool has_prefix = may_be_prefix && id.to_string().starts_with(reference);
    auto actor = views::live_actor(runtime, id);
    if (!actor) continue;
    if ((!has_prefix && !has_path(runtime, *actor, names)) || !may_see(id)) continue;
    meant.push_back(*std::move(actor));
  }
  std::sort(meant.begin(), meant.end(), [](const auto& left, const auto& right) {
    if (left.status.ended != right.status.ended) return right.status.ended;
    return left.status.since_us > right.status.since_us;
  });
  if (meant.size() > kMeantMax) meant.erase(meant.begin() + kMeantMax, meant.end());
  return page_of(meant);
}

}  // namespace theater::api
