// Actors as they are: lists, one, its state, its manifest and its grants.
#include "theater/api/actor_search.h"
#include "theater/api/node_service.h"
#include "theater/api/routes/route_tables.h"
#include "theater/views/live_actor.h"

#include <nlohmann/json.hpp>

#include <array>

namespace theater::api {

namespace {

void read_cursor(const ApiCall& call, ActorFilter& filter) {
  if (auto cursor = call.query.text("cursor")) filter.after = *ActorId::parse(*cursor);
}

void list_actors(NodeService& node, ApiCall call, ApiReply reply) {
  // Looking through 100,000 actors takes a while, which other clients do not wait for.
  node.run_job(reply, [&node, reply, call = std::move(call)] {
    if (auto reference = call.query.text("ref")) {
      return reply.json(200, actors_meant(node.runtime(), *reference, call.who));
    }
    ActorFilter filter;
    filter.state = call.query.text("state").value_or("");
    filter.name = call.query.text("name").value_or("");
    filter.limit = call.query.integer("limit").value_or(kPageDefault);
    filter.subtree = call.who.subtree;
    if (auto parent = call.query.text("parent")) {
      filter.roots_only = *parent == "none";
      if (!filter.roots_only) filter.parent = *ActorId::parse(*parent);
    }
    read_cursor(call, filter);
    reply.json(200, actor_page(node.runtime(), filter));
  });
}

void actor_tree(NodeService& node, ApiCall call, ApiReply reply) {
  if (auto status = node.runtime().status(call.actor); !status) return reply.fail(status.error());
  node.run_job(reply, [&node, reply, call = std::move(call)] {
    ActorFilter filter{.subtree = call.actor,
                       .limit = call.query.integer("limit").value_or(kPageDefault)};
    read_cursor(call, filter);
    reply.json(200, actor_page(node.runtime(), filter));
  });
}

void get_actor(NodeService& node, ApiCall call, ApiReply reply) {
  auto actor = views::live_actor(node.runtime(), call.actor);
  actor ? reply.json(200, views::live_actor_json(*actor)) : reply.fail(actor.error());
}

void get_state(NodeService& node, ApiCall call, ApiReply reply) {
  node.runtime().state(call.actor, [reply](Result<std::optional<Bytes>> state) {
    if (!state) return reply.fail(state.error());
    if (!*state) return reply.answer({204, {}, {}});
    reply.answer(
        {200,
         {{"Content-Type", "application/octet-stream"}, {"Content-Disposition", "attachment"}},
         **std::move(state)});
  });
}

void get_manifest(NodeService& node, ApiCall call, ApiReply reply) {
  auto facts = node.runtime().facts(call.actor);
  if (!facts) return reply.fail(facts.error());
  reply.answer({200,
                {{"Content-Type", "application/toml"}, {"Content-Disposition", "attachment"}},
                to_bytes(facts->common->manifest.text)});
}

void get_grants(NodeService& node, ApiCall call, ApiReply reply) {
  auto facts = node.runtime().facts(call.actor);
  if (!facts) return reply.fail(facts.error());
  reply.json(200, {{"grants", facts->common->grants}});
}

constexpr std::array<std::string_view, 1> kNoParent{"none"};
constexpr Parameter kLimit{"limit", Parameter::Type::kInteger, "Actors on a page.", 1, kPageMax};
constexpr Parameter kCursor{"cursor", Parameter::Type::kActor, "The cursor of the page before."};
constexpr std::array kTreeQuery{kLimit, kCursor};
constexpr std::array kListQuery{
    Parameter{.name = "state",
              .type = Parameter::Type::kText,
              .what = "Only actors in this state.",
              .words = views::kStateWords},
    Parameter{"name", Parameter::Type::kText, "Only actors of this name."},
    Parameter{.name = "parent",
              .type = Parameter::Type::kActor,
              .what = "Only children of the actor with this id, or roots with `none`.",
              .words = kNoParent},
    kLimit,
    kCursor,
    Parameter{"ref", Parameter::Type::kText,
              "Only actors that this text may mean: an id, the beginning of one, a root's name, or "
              "a path of names."}};

constexpr std::array kList{Outcome{200, kJson, "ActorPage", "A page of actors."}};
constexpr std::array kActor{Outcome{200, kJson, "Actor", "The actor."}};
constexpr std::array kState{Outcome{200, "application/octet-stream", "", "The state."},
                            Outcome{204, "", "", "The actor has no state."}};
constexpr std::array kManifest{Outcome{200, "application/toml", "", "The text of the manifest."}};
constexpr std::array kGrants{Outcome{200, kJson, "Grants", "What the actor may do."}};

constexpr std::array kActorRoutes{
    Route{.method = "GET",
          .path = "/v1/actors",
          .scope = AccessScope::kObserve,
          .operation = "list_actors",
          .what = "Lists living actors, and those that ended last, in the order of their ids.",
          .run = list_actors,
          .outcomes = kList,
          .query = kListQuery,
          .for_trees = true},
    Route{.method = "GET",
          .path = "/v1/actors/{actor}",
          .scope = AccessScope::kObserve,
          .operation = "get_actor",
          .what = "Describes one actor.",
          .run = get_actor,
          .outcomes = kActor},
    Route{.method = "GET",
          .path = "/v1/actors/{actor}/tree",
          .scope = AccessScope::kObserve,
          .operation = "actor_tree",
          .what = "Lists the actor and those below it, in the order of their ids.",
          .run = actor_tree,
          .outcomes = kList,
          .query = kTreeQuery},
    Route{.method = "GET",
          .path = "/v1/actors/{actor}/state",
          .scope = AccessScope::kRead,
          .operation = "get_state",
          .what = "Returns the state that the last call has left.",
          .run = get_state,
          .outcomes = kState},
    Route{.method = "GET",
          .path = "/v1/actors/{actor}/manifest",
          .scope = AccessScope::kRead,
          .operation = "get_manifest",
          .what = "Returns the manifest that the actor was started with.",
          .run = get_manifest,
          .outcomes = kManifest},
    Route{.method = "GET",
          .path = "/v1/actors/{actor}/grants",
          .scope = AccessScope::kRead,
          .operation = "get_grants",
          .what = "Lists what the actor may do.",
          .run = get_grants,
          .outcomes = kGrants}};

}  // namespace

std::span<const Route> actor_routes() {
  return kActorRoutes;
}

}  // namespace theater::api
