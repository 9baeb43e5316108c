// Starting an actor, giving one new code, and checking a manifest without starting it.
#include "theater/api/http/idempotency_key.h"
#include "theater/api/node_service.h"
#include "theater/api/routes/route_tables.h"
#include "theater/manifest/diagnostics.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/net/multipart.h"
#include "theater/runtime/initial_state.h"
#include "theater/runtime/named_manifest.h"
#include "theater/views/grants_view.h"
#include "theater/views/live_actor.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace theater::api {

namespace {

constexpr uint64_t kUploadBytesMax = uint64_t{288} << 20;
constexpr const char* kUploadName = "manifest";

// What a client uploads, by its parts. The views hold as long as the call.
struct Upload {
  ApiCall call;
  std::optional<ByteView> manifest;
  std::optional<ByteView> component;
  std::optional<ByteView> init_state;
  std::optional<ByteView> state;
  std::optional<ByteView> opaque_state;
  std::filesystem::path folder = "/";
  std::vector<std::string> grants;
  Hash digest;  // Of all parts, for a start with an idempotency key.
  RootRequest root;
};

Result<RestartKind> parse_restart(std::string_view word) {
  if (auto kind = restart_kind_from_name(word)) return *kind;
  return fail(ErrorCode::kInvalidArgument,
              "the part `restart` must be permanent, transient or temporary");
}

Result<void> check_counts(const std::vector<Part>& parts, std::span<const PartRule> rules) {
  for (const Part& part : parts) {
    bool is_known = std::any_of(rules.begin(), rules.end(),
                                [&](const PartRule& rule) { return rule.name == part.name; });
    if (!is_known)
      return fail(ErrorCode::kInvalidArgument, "this route has no part `{}`", part.name);
  }
  for (const PartRule& rule : rules) {
    auto count = std::count_if(parts.begin(), parts.end(),
                               [&](const Part& part) { return part.name == rule.name; });
    if (rule.count == PartRule::Count::kOne && count == 0)
      return fail(ErrorCode::kInvalidArgument, "the part `{}` is missing", rule.name);
    if (rule.count != PartRule::Count::kAny && count > 1)
      return fail(ErrorCode::kInvalidArgument, "the part `{}` occurs twice", rule.name);
  }
  return {};
}

constexpr std::array kCheckParts{
    PartRule{"manifest", PartRule::Count::kOne, "The text of the manifest."},
    PartRule{"folder", PartRule::Count::kAtMostOne,
             "The absolute folder that relative paths in the manifest are below.",
             R"(^/[^\x00-\x1f\x7f]*$)"},
    PartRule{"grant", PartRule::Count::kAny,
             "A grant beyond the policy, as --grant takes it; needs the scope admin."}};
constexpr std::array kUpdateParts{
    PartRule{"manifest", PartRule::Count::kAtMostOne,
             "The text of the new manifest. Without it, the manifest stays."},
    PartRule{"component", PartRule::Count::kAtMostOne,
             "The new component. Required, unless the manifest names one that the node has by "
             "sha256:."},
    kCheckParts[1],
    PartRule{"grant", PartRule::Count::kAny,
             "A grant beyond the policy, as --grant takes it; needs the scope admin. These replace "
             "the grants that the actor has."}};
constexpr std::array kStartParts{
    kCheckParts[0],
    PartRule{
        "component", PartRule::Count::kAtMostOne,
        "The component. Required, unless the manifest names one that the node has by sha256:."},
    PartRule{"init_state", PartRule::Count::kAtMostOne,
             "The content that init_state in the manifest names."},
    PartRule{"state", PartRule::Count::kAtMostOne, "The initial state, merged into init_state."},
    PartRule{"opaque_state", PartRule::Count::kAtMostOne,
             "A state that another actor left, which is used as it is."},
    PartRule{"name", PartRule::Count::kAtMostOne, "The operator's name for the actor."},
    PartRule{"restart", PartRule::Count::kAtMostOne,
             "When the node restarts the actor: permanent, transient or temporary (default).",
             "^(permanent|transient|temporary)$"},
    kCheckParts[1],
    kCheckParts[2]};

Hash digest_of(const std::vector<Part>& parts) {
  std::vector<std::string> names_and_digests;
  for (const Part& part : parts) {
    names_and_digests.push_back(part.name);
    names_and_digests.push_back(sha256(part.bytes).to_string());
  }
  return api::digest_of(names_and_digests);
}

Result<std::unique_ptr<Upload>> read_upload(NodeService& node, ApiCall call,
                                            std::span<const PartRule> rules) {
  auto upload = std::make_unique<Upload>();
  upload->call = std::move(call);
  const HttpRequest& request = upload->call.request;
  auto type = request.headers.find("Content-Type");
  std::vector<Part> parts = THEATER_TRY(read_multipart(type.value_or(""), request.body));
  THEATER_TRY_VOID(check_counts(parts, rules));
  for (const Part& part : parts) {
    if (part.name == "manifest") upload->manifest = part.bytes;
    if (part.name == "component") upload->component = part.bytes;
    if (part.name == "init_state") upload->init_state = part.bytes;
    if (part.name == "state") upload->state = part.bytes;
    if (part.name == "opaque_state") upload->opaque_state = part.bytes;
    if (part.name == "folder") upload->folder = as_text(part.bytes);
    if (part.name == "name") upload->root.name = std::string(as_text(part.bytes));
    if (part.name == "restart")
      upload->root.restart = THEATER_TRY(parse_restart(as_text(part.bytes)));
    if (part.name == "grant") upload->grants.emplace_back(as_text(part.bytes));
  }
  if (!upload->folder.is_absolute() || has_control_character(upload->folder.native())) {
    return fail(ErrorCode::kInvalidArgument,
                "the part `folder` is no absolute path without control characters");
  }
  if (upload->state && upload->opaque_state) {
    return fail(ErrorCode::kInvalidArgument, "a start takes `state` or `opaque_state`, not both");
  }
  if (!upload->grants.empty() && upload->call.who.scope < AccessScope::kAdmin) {
    node.access_record().refused({upload->call.who.name, RefusalReason::kScope, {}, "grant"});
    return fail(ErrorCode::kPermissionDenied,
                "the part `grant` widens the policy, which needs the scope admin; a retry does not "
                "help");
  }
  const std::vector<SecretRule>& secrets = node.parts().policy.secrets();
  if (upload->root.name && upload->call.who.scope < AccessScope::kAdmin &&
      names_actor(secrets, *upload->root.name)) {
    node.access_record().refused({upload->call.who.name, RefusalReason::kScope, {}, "name"});
    return fail(ErrorCode::kPermissionDenied,
                "the part `name`: a secret of the policy is for actors of this name, so the start "
                "needs the scope admin; a retry does not help");
  }
  // The paths of grants become absolute here, since the record does not know the folder.
  Policy given{Permissions{}};
  for (const std::string& grant : upload->grants)
    THEATER_TRY_VOID(given.add_grant(grant, upload->folder));
  upload->root.grants = to_grants(given.permissions());
  upload->root.by = log::ByClient{upload->call.who.name};
  if (upload->call.once_key) upload->digest = digest_of(parts);
  return upload;
}

// None if the node has the one that the manifest names.
Result<std::optional<Bytes>> component_of(const Upload& upload, const Manifest& manifest) {
  if (upload.component) return std::optional(to_bytes(*upload.component));
  if (manifest.component.starts_with(kDigestPrefix)) return std::optional<Bytes>();
  return fail(ErrorCode::kInvalidArgument,
              "component = \"{}\" names a file, which the server does not read: upload it as the "
              "part `component`",
              manifest.component);
}

Result<SpawnRequest> spawn_request(const Upload& upload, const Policy& policy) {
  auto read = [&](const Reference& reference) -> Result<Bytes> {
    if (upload.init_state) return to_bytes(*upload.init_state);
    return fail(ErrorCode::kInvalidArgument,
                "init_state names {}, which the server does not read: upload its content as the "
                "part `init_state`",
                reference_text(reference));
  };
  ManifestPlace place{upload.folder};
  bool is_opaque = upload.opaque_state.has_value();
  std::optional<ByteView> given = is_opaque ? upload.opaque_state : upload.state;
  std::optional<Bytes> state;
  if (given) state = to_bytes(*given);
  ActorStart start =
      THEATER_TRY(resolve_start({as_text(*upload.manifest), kUploadName, place}, std::move(state),
                                read, is_opaque ? GivenState::kAsItIs : GivenState::kMerged));
  SpawnRequest request;
  request.manifest = std::move(start.manifest);
  request.state = std::move(start.state);
  request.policy = policy;
  request.root = upload.root;
  request.is_uploaded = true;
  request.component = THEATER_TRY(component_of(upload, request.manifest));
  return request;
}

Result<CodeUpdate> code_update(const Upload& upload, const Policy& policy) {
  if (!upload.manifest && !upload.component) {
    return fail(ErrorCode::kInvalidArgument,
                "an update needs the part `component`, `manifest`, or both");
  }
  CodeUpdate update;
  update.policy = policy;
  update.grants = upload.root.grants;
  update.may_hold_secrets = upload.call.who.scope >= AccessScope::kAdmin;
  if (!upload.manifest) {
    update.component = to_bytes(*upload.component);
    return update;
  }
  ManifestPlace place{upload.folder};
  ManifestSource source{as_text(*upload.manifest), kUploadName, place};
  update.manifest = THEATER_TRY(resolve_manifest(source, std::nullopt));
  update.component = THEATER_TRY(component_of(upload, *update.manifest));
  return update;
}

void answer_started(NodeService& node, const SpawnReport& report, const ApiReply& reply) {
  // An actor that was started by an earlier request with the same key may have ended long ago.
  auto actor = views::live_actor(node.runtime(), report.id);
  views::Json body = {{"id", report.id.to_string()}, {"ended", true}};
  if (actor) body = views::live_actor_json(*actor);
  body["warnings"] = report.warnings;
  std::string text = body.dump(-1, ' ', false, views::Json::error_handler_t::replace);
  reply.answer(
      {201,
       {{"Content-Type", std::string(kJson)}, {"Location", "/v1/actors/" + report.id.to_string()}},
       to_bytes(text)});
}

bool is_upload(const ApiCall& call, const ApiReply& reply) {
  auto type = call.request.headers.find("Content-Type");
  if (type && is_multipart(*type)) return true;
  reply.fail(kUnsupportedMediaType, "this route takes multipart/form-data",
             "curl sends it with -F manifest=@manifest.toml");
  return false;
}

void start(NodeService& node, ApiCall call, ApiReply reply) {
  if (!is_upload(call, reply)) return;
  // A job, since a component may be large.
  auto shared = std::make_shared<ApiCall>(std::move(call));
  node.run_job(reply, [&node, reply, shared] {
    auto upload = read_upload(node, std::move(*shared), kStartParts);
    if (!upload) return reply.fail(upload.error());
    auto request = spawn_request(**upload, node.parts().policy);
    if (!request) return reply.fail(request.error());
    auto answer = [&node, reply](const auto& report) {
      report ? answer_started(node, *report, reply) : reply.fail(report.error());
    };
    if (auto key = (*upload)->call.once_key) {
      request->root->once = log::Once{*key, (*upload)->digest};
      return node.once().start(*std::move(request), answer);
    }
    node.runtime().spawn(*std::move(request), answer);
  });
}

void answer_updated(NodeService& node, const ApiCall& call, const Result<UpdateReport>& report,
                    const ApiReply& reply) {
  if (!report) {
    const Error& error = report.error();
    // The grants of the start were for another component.
    bool is_denied = error.code() == ErrorCode::kPermissionDenied;
    if (is_denied && call.who.scope < AccessScope::kAdmin)
      node.access_record().refused({call.who.name, RefusalReason::kScope, {}, "update"});
    if (error.code() != ErrorCode::kUnavailable) return reply.fail(error);
    return reply.fail(kConflict, error.to_string(), error.hint());
  }
  auto actor = views::live_actor(node.runtime(), call.actor);
  if (!actor) return reply.fail(actor.error());
  views::Json body = views::live_actor_json(*actor);
  body["warnings"] = report->warnings;
  reply.json(200, body);
}

void update(NodeService& node, ApiCall call, ApiReply reply) {
  if (call.who.subtree) {
    node.access_record().refused({call.who.name, RefusalReason::kSubtree, {}, "update"});
    return reply.fail(
        Error(ErrorCode::kPermissionDenied,
              "the token holds for one tree of actors, and such a token brings no code; "
              "a retry does not help"));
  }
  if (!is_upload(call, reply)) return;
  auto shared = std::make_shared<ApiCall>(std::move(call));
  node.run_job(reply, [&node, reply, shared] {
    auto read = read_upload(node, std::move(*shared), kUpdateParts);
    if (!read) return reply.fail(read.error());
    std::shared_ptr<Upload> upload = *std::move(read);
    auto code = code_update(*upload, node.parts().policy);
    if (!code) return reply.fail(code.error());
    const ApiCall& asked = upload->call;
    node.runtime().update(asked.actor, *std::move(code), asked.who.name,
                          [&node, reply, upload](const Result<UpdateReport>& report) {
                            answer_updated(node, upload->call, report, reply);
                          });
  });
}

void check(NodeService& node, ApiCall call, ApiReply reply) {
  if (!is_upload(call, reply)) return;
  auto upload = read_upload(node, std::move(call), kCheckParts);
  if (!upload) return reply.fail(upload.error());
  auto policy = with_grants(node.parts().policy, (*upload)->root.grants);
  if (!policy) return reply.fail(policy.error());
  ManifestText text{std::string(as_text(*(*upload)->manifest)), kUploadName, {(*upload)->folder}};
  auto manifest = parse_without_state(text);
  if (!manifest) return reply.json(200, {{"ok", false}, {"problem", manifest.error().message()}});
  auto effective = effective_permissions(*policy, std::nullopt, *manifest);
  views::Json body = {{"ok", effective.has_value()}, {"problem", nullptr}};
  if (!effective) body["problem"] = effective.error().to_string();
  body.update(views::grants_json(*manifest, outcomes_by_capability(*policy, *manifest),
                                 effective.has_value()));
  reply.json(200, body);
}

constexpr std::array kStarted{
    Outcome{201, kJson, "Started", "The actor; its `init` has returned and is on record."}};
constexpr std::array kUpdated{
    Outcome{200, kJson, "Started", "The actor; an instance of the new code is up and on record."}};
constexpr std::array kUpdateProblems{409};
constexpr std::array kChecked{
    Outcome{200, kJson, "Checked", "What is wrong, and which grants are asked for and missing."}};

constexpr std::array kStartRoutes{
    Route{.method = "POST",
          .path = "/v1/actors",
          .scope = AccessScope::kOperate,
          .operation = "start",
          .what = "Starts an actor from an uploaded manifest and component.",
          .run = start,
          .outcomes = kStarted,
          .body = BodyForm::kMultipart,
          .parts = kStartParts,
          .body_bytes_max = kUploadBytesMax,
          .is_start = true,
          .takes_key = true},
    Route{.method = "POST",
          .path = "/v1/actors/{actor}/update",
          .scope = AccessScope::kOperate,
          .operation = "update",
          .what = "Gives the actor new code between two calls.",
          .run = update,
          .outcomes = kUpdated,
          .body = BodyForm::kMultipart,
          .parts = kUpdateParts,
          .body_bytes_max = kUploadBytesMax,
          .is_start = true,
          .problems = kUpdateProblems},
    Route{.method = "POST",
          .path = "/v1/check",
          .scope = AccessScope::kRead,
          .operation = "check",
          .what = "Says what is wrong with a manifest, and which grants it lacks.",
          .run = check,
          .outcomes = kChecked,
          .body = BodyForm::kMultipart,
          .parts = kCheckParts,
          .body_bytes_max = uint64_t{4} << 20,
          .for_trees = true}};

}  // namespace

std::span<const Route> start_routes() {
  return kStartRoutes;
}

}  // namespace theater::api
