#include "theater/api/management_api.h"

#include "theater/api/actor_search.h"
#include "theater/api/http/idempotency_key.h"
#include "theater/api/route.h"
#include "theater/base/clock.h"
#include "theater/base/log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace theater::api {

namespace {

constexpr std::string_view kActorPart = "{actor}";

bool names_actor(const Route& route) {
  return route.path.find(kActorPart) != std::string_view::npos;
}

// Of a body that no route wants or whose client has no right, so that the answer can say so.
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

// The right of the client is too narrow.
Refusal too_narrow(const Identity& who, RefusalReason reason, std::string detail,
                   std::string hint = {}) {
  Refusal refusal{&kPermissionDenied, std::move(detail), std::move(hint), reason};
  if (who.access) refusal.token = Token{.digest = who.access->digest}.id();
  refusal.client = who.name;
  return refusal;
}

// The answer to what is no request that the server takes.
HttpAnswer refuse_bytes(int status, std::string_view why) {
  std::string request_id = new_request_id();
  HttpAnswer answer = problem(kind_of_refusal(status), why, {}, request_id);
  add_common_headers(answer, request_id);
  return answer;
}

// What admit() has found of a request with a body, for handle().
struct Admitted {
  Identity who;
  std::chrono::nanoseconds at;  // By a steady clock.
  ClientLease body_room;
};

// As long after its head a request is that of the client which sent the head. A revoked token ends
// its streams within a second too.
constexpr std::chrono::seconds kHeardFor{1};

class Dispatcher {
 public:
  Dispatcher(NodeService& node, const AccessRules& rules) : node_(node), rules_(rules) {}

  void handle(HttpRequest request, HttpResponder responder) {
    ApiReply reply(std::move(responder), new_request_id());
    log_line(LogLevel::kDebug, {.actor = {}, .part = "api"}, "{} {} {}", reply.request_id(),
             request.method, request.path());
    Found found = find_route(request.method, request.path());
    // Only admit() sets it.
    auto admitted = std::static_pointer_cast<Admitted>(std::move(request.hold));
    bool is_heard = admitted != nullptr && monotonic_now() - admitted->at < kHeardFor;
    tl::expected<Identity, Refusal> who =
        is_heard ? std::move(admitted->who) : hear(request, found.route);
    reply.hold(std::move(admitted));
    if (!who) return reply.answer(refusal(who.error(), found.route, reply.request_id()));
    if (found.route == nullptr) return refuse_path(reply, found);
    ApiCall call;
    call.who = *std::move(who);
    call.request = std::move(request);
    run(found, std::move(call), reply);
  }

  // A small body is read in any case: the connection then outlives the refusal, which handle()
  // sends.
  HttpAdmission admit(const HttpRequest& head, std::optional<uint64_t> length) {
    Found found = find_route(head.method, head.path());
    HttpAdmission admission{.body_bytes_max = kUnwantedBodyBytesMax};
    if (found.route == nullptr || found.route->body == BodyForm::kNone) return admission;
    auto refuse = [&](const auto& answer_of) {
      std::string request_id = new_request_id();
      admission.refusal = answer_of(request_id);
      add_common_headers(*admission.refusal, request_id);
      return admission;
    };
    auto refuse_at = [&](const BoundReached& bound) {
      return refuse([&](const std::string& request_id) { return problem(bound, request_id); });
    };
    auto who = hear(head, found.route);
    if (!who) {
      if (length && *length <= kUnwantedBodyBytesMax) return admission;
      return refuse([&](const std::string& request_id) {
        return refusal(who.error(), found.route, request_id);
      });
    }
    admission.body_bytes_max = found.route->body_bytes_max;
    // Larger ones are refused for their size.
    uint64_t bytes = std::min(length.value_or(UINT64_MAX), admission.body_bytes_max);
    auto lease = node_.bounds().body(*who, bytes);
    if (!lease) return refuse_at(lease.error());
    auto now = monotonic_now();
    if (found.route->is_start) {
      auto may = node_.bounds().may_start(*who, now);
      if (!may) return refuse_at(may.error());
    }
    admission.hold = std::make_shared<Admitted>(*std::move(who), now, *std::move(lease));
    return admission;
  }

 private:
  // Finds who sends the request, and whether the route is for this client. Without a route, any client
  // that is known may hear so.
  tl::expected<Identity, Refusal> hear(const HttpRequest& request, const Route* route) {
    if (auto refusal = check_browser(request, rules_)) return tl::unexpected(*std::move(refusal));
    if (route != nullptr && !route->scope.scope()) return Identity{};
    auto who = identify(request, rules_);
    if (!who) {
      Refusal refusal = std::move(who).error();
      refusal.client = name_of(request, rules_);
      return tl::unexpected(std::move(refusal));
    }
    if (who->access) node_.access_record().used(*who->access);
    if (route == nullptr || includes(who->scope, *route->scope.scope())) return who;
    return tl::unexpected(too_narrow(
        *who, RefusalReason::kScope,
        fmt::format("{} has the scope {}, and this needs {}; a retry does not help", who->name,
                    scope_name(who->scope), scope_name(*route->scope.scope())),
        "an admin makes a token of that scope with `theater token new`"));
  }

  static void refuse_path(const ApiReply& reply, const Found& found) {
    if (found.allowed.empty()) {
      return reply.fail(kNotFound, "the API has no such path", "/openapi.json lists the paths");
    }
    HttpAnswer answer =
        problem(kMethodNotAllowed, "this path has other methods", {}, reply.request_id());
    answer.headers.add("Allow", found.allowed);
    reply.answer(std::move(answer));
  }

  // Counts the refusal for the record, and makes its answer.
  HttpAnswer refusal(const Refusal& refusal, const Route* route, const std::string& request_id) {
    if (refusal.reason) {
      node_.access_record().refused(
          {refusal.client, *refusal.reason, refusal.token, operation_of(route)});
    }
    return problem(*refusal.kind, refusal.detail, refusal.hint, request_id);
  }

  void run(const Found& found, ApiCall call, const ApiReply& reply) {
    const Route& route = *found.route;
    auto query = Query::parse(call.request.query(), route.query);
    if (!query) return reply.fail(query.error());
    call.query = *std::move(query);
    if (names_actor(route)) {
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
      return reply.fail_for_now(kUnavailable, "the node is recovering its actors",
                                "GET /readyz says when it is ready");
    }
    // No actor runs any more, and one that was asked would never answer.
    if (route.scope.scope() == AccessScope::kOperate) {
      if (auto failure = node_.log_failure()) return reply.fail_for_log(*failure);
    }
    if (call.who.subtree && !may_see(route, call)) {
      Refusal narrow =
          too_narrow(call.who, RefusalReason::kSubtree,
                     "the token holds for one tree of actors only; a retry does not help");
      return reply.answer(refusal(narrow, &route, reply.request_id()));
    }
    if (auto taken = take_room(route, call.who, reply); !taken)
      return reply.answer(problem(taken.error(), reply.request_id()));
    auto key = once_key(route, call);
    if (!key) return reply.fail(key.error());
    call.once_key = *key;
    node_.waiting().watch(call.who, reply);
    route.run(node_, std::move(call), reply);
  }

  // Room for the request among those of its client.
  tl::expected<void, BoundReached> take_room(const Route& route, const Identity& who,
                                             const ApiReply& reply) {
    if (!route.scope.scope()) return {};
    auto lease = node_.bounds().request(who);
    if (!lease) return tl::unexpected(std::move(lease).error());
    reply.hold(*std::move(lease));
    if (route.is_start) return node_.bounds().start(who, monotonic_now());
    return {};
  }

  // The idempotency key of the request, with its scope.
  static Result<std::optional<Hash>> once_key(const Route& route, const ApiCall& call) {
    if (!route.takes_key) return std::nullopt;
    std::optional<std::string> key = THEATER_TRY(read_idempotency_key(call.request.headers));
    if (!key) return std::nullopt;
    std::array scope{call.who.client, fmt::format("{} {}", route.method, route.path),
                     names_actor(route) ? call.actor.to_string() : std::string(), *std::move(key)};
    return digest_of(scope);
  }

  // Whether the client's tree has the actor of the call, or the route shows no other.
  bool may_see(const Route& route, const ApiCall& call) const {
    if (!names_actor(route)) return route.for_trees;
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
          .admit = [dispatcher](
                       const HttpRequest& head,
                       std::optional<uint64_t> length) { return dispatcher->admit(head, length); },
          .refuse = refuse_bytes};
}

}  // namespace theater::api
