#include "theater/api/management_api.h"

#include "theater/api/actor_search.h"
#include "theater/api/route.h"
#include "theater/base/log.h"
#include "theater/base/random.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace theater::api {

namespace {

constexpr std::string_view kActorPart = "{actor}";
// Of a body that no route wants, so that the answer can say so.
constexpr uint64_t kUnwantedBodyBytesMax = 64 << 10;

// Whether `path` has the form of the route; `part` gets what stands for `{actor}`.
bool matches(std::string_view pattern, std::string_view path, std::string_view& part) {
  size_t at = pattern.find(kActorPart);
  if (at == std::string_view::npos) return pattern == path;
  if (path.substr(0, at) != pattern.substr(0, at)) return false;
  std::string_view rest = path.substr(at);
  part = rest.substr(0, rest.find('/'));
  return rest.substr(part.size()) == pattern.substr(at + kActorPart.size());
}

struct Found {
  const Route* route = nullptr;
  std::string_view actor;  // As sent.
  std::string allowed;     // Methods of the path, if no route has this one.
};

Found find_route(std::string_view method, std::string_view path) {
  Found found;
  for (const Route& route : routes()) {
    std::string_view actor;
    if (!matches(route.path, path, actor)) continue;
    if (route.method == method) return {&route, actor, {}};
    found.allowed += (found.allowed.empty() ? "" : ", ") + std::string(route.method);
  }
  return found;
}

// The operation of the route, as the record names it.
std::string operation_of(const Route* route) {
  return route == nullptr ? std::string() : std::string(route->operation);
}

RefusedRequest refused(const Identity& who, RefusalReason reason, const Route& route) {
  RefusedRequest refused{who.name, reason, {}, std::string(route.operation)};
  if (who.access) refused.token = Token{.digest = who.access->digest}.id();
  return refused;
}

void refuse(const ApiReply& reply, const Refusal& refusal) {
  reply.fail(*refusal.kind, refusal.detail, refusal.hint);
}

class Dispatcher {
 public:
  Dispatcher(NodeService& node, const AccessRules& rules) : node_(node), rules_(rules) {}

  void handle(HttpRequest request, HttpResponder responder) {
    OsRandom random;
    ApiReply reply(std::move(responder), fmt::format("{:016x}", random.next_u64()));
    log_line(LogLevel::kDebug, {.actor = {}, .part = "api"}, "{} {} {}", reply.request_id(),
             request.method, request.path());
    if (auto refusal = check_browser(request, rules_)) return refuse(reply, *refusal);
    Found found = find_route(request.method, request.path());
    ApiCall call;
    if (found.route == nullptr || found.route->scope.scope()) {
      auto who = identify(request, rules_);
      if (!who) {
        if (who.error().reason) {
          node_.access_record().refused({name_of(request.peer), *who.error().reason,
                                         who.error().token, operation_of(found.route)});
        }
        return refuse(reply, who.error());
      }
      call.who = *std::move(who);
      if (call.who.access) node_.access_record().used(*call.who.access);
    }
    if (found.route == nullptr) return refuse_path(reply, found);
    if (auto needed = found.route->scope.scope(); needed && call.who.scope < *needed) {
      node_.access_record().refused(refused(call.who, RefusalReason::kScope, *found.route));
      return reply.fail(kPermissionDenied,
                        fmt::format("{} has the scope {}, and this needs {}; a retry does not help",
                                    call.who.name, scope_name(call.who.scope), scope_name(*needed)),
                        "an admin makes a token of that scope with `theater token new`");
    }
    call.request = std::move(request);
    run(found, std::move(call), reply);
  }

  uint64_t body_bytes_max(const HttpRequest& head) const {
    Found found = find_route(head.method, head.path());
    // Nobody who may not run the route can fill the memory with its body.
    if (found.route == nullptr || found.route->body == BodyForm::kNone)
      return kUnwantedBodyBytesMax;
    auto who = identify(head, rules_);
    if (!who || who->scope < *found.route->scope.scope()) return kUnwantedBodyBytesMax;
    return found.route->body_bytes_max;
  }

 private:
  static void refuse_path(const ApiReply& reply, const Found& found) {
    if (found.allowed.empty()) {
      return reply.fail(kNotFound, "the API has no such path", "/openapi.json lists the paths");
    }
    HttpAnswer answer =
        problem(kMethodNotAllowed, "this path has other methods", {}, reply.request_id());
    answer.headers.add("Allow", found.allowed);
    reply.answer(std::move(answer));
  }

  void run(const Found& found, ApiCall call, const ApiReply& reply) {
    const Route& route = *found.route;
    auto query = Query::parse(call.request.query(), route.query);
    if (!query) return reply.fail(query.error());
    call.query = *std::move(query);
    if (!found.actor.empty() || route.path.find(kActorPart) != std::string_view::npos) {
      auto actor = ActorId::parse(found.actor);
      if (!actor) return reply.fail(kInvalidArgument, "the path needs the id of an actor");
      call.actor = *actor;
    }
    if (call.request.headers.find("Content-Encoding")) {
      return reply.fail(kUnsupportedMediaType, "the server takes bodies without Content-Encoding");
    }
    if (route.body == BodyForm::kNone && !call.request.body.empty()) {
      return reply.fail(kInvalidArgument, "this route takes no body");
    }
    if (route.scope.scope() && !node_.is_ready() && route.path != "/v1/node") {
      return reply.fail(kUnavailable, "the node is recovering its actors",
                        "GET /readyz says when it is ready");
    }
    if (call.who.subtree && !may_see(route, call)) {
      node_.access_record().refused(refused(call.who, RefusalReason::kSubtree, route));
      return reply.fail(kPermissionDenied,
                        "the token holds for one tree of actors only; a retry does not help");
    }
    route.run(node_, std::move(call), reply);
  }

  // Whether the client's tree has the actor of the call, or the route shows no other.
  bool may_see(const Route& route, const ApiCall& call) const {
    if (route.path.find(kActorPart) == std::string_view::npos) return route.for_trees;
    return is_within(node_.runtime(), *call.who.subtree, call.actor);
  }

  NodeService& node_;
  const AccessRules& rules_;
};

}  // namespace

HttpHandlers management_api(NodeService& node, const AccessRules& rules) {
  auto dispatcher = std::make_shared<Dispatcher>(node, rules);
  return {.handle =
              [dispatcher](HttpRequest request, HttpResponder responder) {
                dispatcher->handle(std::move(request), std::move(responder));
              },
          .body_bytes_max =
              [dispatcher](const HttpRequest& head) { return dispatcher->body_bytes_max(head); }};
}

}  // namespace theater::api
