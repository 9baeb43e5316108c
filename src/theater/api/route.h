// The table of routes: what the API offers, in one place.
//
// The server dispatches by it, checks scopes and queries against it, and makes the OpenAPI document
// from it. So a route that is not documented does not exist, and one without a scope does not
// compile.
#pragma once

#include "theater/access/scope.h"
#include "theater/api/http/access.h"
#include "theater/api/http/api_reply.h"
#include "theater/api/http/query.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/net/http_message.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace theater::api {

class NodeService;

// A request that its route may run.
struct ApiCall {
  HttpRequest request;
  Query query;
  Identity who;
  ActorId actor;  // Of a path with `{actor}`.
  // Of a route that takes Idempotency-Key: the key with its scope, as the record has it.
  std::optional<Hash> once_key = {};
};

// What the body of a request is.
enum class BodyForm : uint8_t {
  kNone,       // Any body is refused.
  kBytes,      // Any bytes.
  kMultipart,  // multipart/form-data with the parts of the route.
};

// A part of a multipart body.
struct PartRule {
  enum class Count : uint8_t { kOne, kAtMostOne, kAny };

  std::string_view name;
  Count count;
  std::string_view what;
  std::string_view pattern = {};  // Of a text: what it matches, for the document.
};

// An answer that is no problem.
struct Outcome {
  int status;
  std::string_view content_type;  // Empty for an answer without a body.
  std::string_view schema;        // Name of a schema (schemas.h); empty for bytes and text.
  std::string_view what;
};

// The scope that a route needs. It has no default.
class RouteScope {
 public:
  // A scope in a table of routes.
  constexpr RouteScope(AccessScope scope) : scope_(scope) {}  // NOLINT(google-explicit-constructor)
  // Everybody, without a token.
  static constexpr RouteScope everybody() { return {}; }

  constexpr std::optional<AccessScope> scope() const { return scope_; }

 private:
  constexpr RouteScope() = default;
  std::optional<AccessScope> scope_;
};

// All texts have static storage.
struct Route {
  std::string_view method;
  std::string_view path;  // `{actor}` stands for an id.
  RouteScope scope;
  std::string_view operation;  // Its name in the document.
  std::string_view what;       // A sentence.
  // Runs on the loop thread, and must not block.
  void (*run)(NodeService& node, ApiCall call, ApiReply reply);
  std::span<const Outcome> outcomes;
  std::span<const Parameter> query = {};
  BodyForm body = BodyForm::kNone;
  std::span<const PartRule> parts = {};
  uint64_t body_bytes_max = 0;
  // Of a path without `{actor}`: whether a token of one tree of actors may use the route.
  bool for_trees = false;
  // Whether a request counts as a start of an actor (ClientLimits): it uploads and compiles code.
  bool is_start = false;
  // Whether the route takes Idempotency-Key. Others ignore it.
  bool takes_key = false;
  // Statuses of problems that no other member of the route tells of.
  std::span<const int> problems = {};
};

// All routes, in the order of the document.
std::span<const Route> routes();

}  // namespace theater::api
