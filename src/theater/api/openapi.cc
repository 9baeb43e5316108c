#include "theater/api/openapi.h"

#include "theater/api/http/idempotency_key.h"
#include "theater/api/route.h"
#include "theater/handlers/runtime/version.h"
#include "theater/views/live_actor.h"

#include <nlohmann/json.hpp>

#include <array>
#include <initializer_list>
#include <set>
#include <string>

namespace theater::api {

namespace {

using views::Json;

Json text() {
  return {{"type", "string"}};
}
// What the server takes as a text of a query.
Json query_text() {
  return {{"type", "string"}, {"pattern", "^[^\\x00]*$"}};
}
Json words(std::initializer_list<std::string_view> all) {
  return {{"type", "string"}, {"enum", all}};
}
Json number() {
  return {{"type", "integer"}, {"minimum", 0}};
}
Json flag() {
  return {{"type", "boolean"}};
}
Json or_null(const Json& schema) {
  return {{"anyOf", Json::array({schema, {{"type", "null"}}})}};
}
Json digits(int count) {
  return {{"type", "string"}, {"pattern", "^[0-9a-f]{" + std::to_string(count) + "}$"}};
}
Json list_of(const Json& schema) {
  return {{"type", "array"}, {"items", schema}};
}
Json named(std::string_view schema) {
  return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

// All members are required.
Json object(const Json& members) {
  Json required = Json::array();
  for (const auto& [name, schema] : members.items())
    required.push_back(name);
  return {{"type", "object"}, {"properties", members}, {"required", required}};
}

Json actor_members() {
  return {{"id", digits(32)},
          {"name", text()},
          {"manifest_name", text()},
          {"restart", or_null(words({"permanent", "transient", "temporary"}))},
          {"parent", or_null(digits(32))},
          {"state", {{"type", "string"}, {"enum", views::kStateWords}}},
          {"started", {{"type", "string"}, {"format", "date-time"}}},
          {"since", {{"type", "string"}, {"format", "date-time"}}},
          {"step", or_null(text())},
          {"function", or_null(text())},
          {"last_function", or_null(text())},
          {"mailbox", number()},
          {"events", number()},
          {"head", digits(64)},
          {"calls", number()},
          {"errors", number()},
          {"restarts", number()},
          {"memory_bytes", number()},
          {"cpu_ms", {{"type", "number"}, {"minimum", 0}}},
          {"durability", words({"memory", "async", "sync"})},
          {"component", digits(64)},
          {"ended", flag()},
          {"failure", or_null(text())}};
}

Json started_members() {
  Json members = actor_members();
  members["warnings"] = list_of(text());
  return members;
}

// The node may have forgotten an actor that a repeated request names, and then has little of it.
Json started_schema() {
  Json schema = object(started_members());
  schema["required"] = Json::array({"id", "ended", "warnings"});
  return schema;
}

Json problem_schema() {
  Json schema = object({{"type", text()},
                        {"title", text()},
                        {"status", number()},
                        {"detail", text()},
                        {"code", text()},
                        {"request_id", text()}});
  schema["properties"]["hint"] = text();
  return schema;
}

Json schemas() {
  Json end = {{"type", "object"},
              {"properties",
               {{"ended", flag()},
                {"how", words({"completed", "failed", "stopped", "killed"})},
                {"data", {{"description", "A string, {\"base64\": …}, or null."}}},
                {"failure", or_null(text())}}},
              {"required", Json::array({"ended"})}};
  Json sent = {{"type", "object"},
               {"properties", {{"recorded", flag()}, {"hash", digits(64)}}},
               {"required", Json::array({"recorded"})}};
  Json checked = {{"type", "object"},
                  {"properties", {{"ok", flag()}, {"problem", or_null(text())}}},
                  {"required", Json::array({"ok", "problem"})}};
  return {{"Problem", problem_schema()},
          {"Document", {{"type", "object"}}},
          {"Node",
           object({{"version", text()},
                   {"engine", text()},
                   {"origin", digits(32)},
                   {"started", {{"type", "string"}, {"format", "date-time"}}},
                   {"uptime_ms", number()},
                   {"ready", flag()},
                   {"events", number()},
                   {"root", digits(64)},
                   {"actors", number()},
                   {"refused", object({{"authentication", number()}, {"permission", number()}})},
                   {"you", object({{"name", text()},
                                   {"scope", words({"observe", "read", "operate", "admin"})}})}})},
          {"Closing", object({{"closing", flag()}})},
          {"Actor", object(actor_members())},
          {"Started", started_schema()},
          {"ActorPage", object({{"actors", list_of(named("Actor"))}, {"cursor", or_null(text())}})},
          {"Grants", object({{"grants", list_of(text())}})},
          {"Sent", sent},
          {"End", end},
          {"EventPage", object({{"events", list_of({{"type", "object"}})},
                                {"first", number()},
                                {"next", number()},
                                {"ended", flag()}})},
          {"LogLine", object({{"position", number()},
                              {"time", {{"type", "string"}, {"format", "date-time"}}},
                              {"level", text()},
                              {"part", or_null(text())},
                              {"actor", or_null(text())},
                              {"id", or_null(digits(32))},
                              {"message", text()}})},
          {"LogLinePage",
           object({{"lines", list_of(named("LogLine"))}, {"first", number()}, {"next", number()}})},
          {"Checked", checked}};
}

Json parameter_schema(const Parameter& parameter) {
  switch (parameter.type) {
    case Parameter::Type::kInteger:
      return {{"type", "integer"}, {"minimum", parameter.least}, {"maximum", parameter.most}};
    case Parameter::Type::kBoolean:
      return flag();
    case Parameter::Type::kActor: {
      std::string pattern = "[0-9a-f]{32}";
      for (std::string_view word : parameter.words)
        pattern += "|" + std::string(word);
      return {{"type", "string"}, {"pattern", "^(" + pattern + ")$"}};
    }
    case Parameter::Type::kText:
      break;
  }
  if (parameter.words.empty()) return query_text();
  Json schema = text();
  for (std::string_view word : parameter.words)
    schema["enum"].push_back(word);
  return schema;
}

// Of an Idempotency-Key: visible characters, bare or in quotes. In quotes `\` stands before a quote
// and before itself.
Json key_schema() {
  std::string most = std::to_string(kIdempotencyKeyMax);
  std::string bare = "[!#-~][!-~]{0," + std::to_string(kIdempotencyKeyMax - 1) + "}";
  std::string quoted = R"("([!#-\[\]-~]|\\["\\]){1,)" + most + R"(}")";
  return {{"type", "string"}, {"pattern", "^(" + bare + "|" + quoted + ")$"}};
}

Json parameters_of(const Route& route) {
  Json parameters = Json::array();
  if (route.path.find("{actor}") != std::string_view::npos) {
    parameters.push_back({{"name", "actor"},
                          {"in", "path"},
                          {"required", true},
                          {"description", "The id of the actor."},
                          {"schema", digits(32)}});
  }
  for (const Parameter& parameter : route.query) {
    parameters.push_back({{"name", parameter.name},
                          {"in", "query"},
                          {"required", false},
                          {"description", parameter.what},
                          {"schema", parameter_schema(parameter)}});
  }
  if (route.takes_key) {
    parameters.push_back(
        {{"name", std::string(kIdempotencyKey)},
         {"in", "header"},
         {"required", false},
         {"description",
          "Of a request that may be repeated: it is done once in 24 hours, and every repetition "
          "gets the first answer."},
         {"schema", key_schema()}});
  }
  return parameters;
}

// Answers with a problem, by their status. The codes are those of problem.h.
struct ProblemAnswer {
  int status;
  std::string_view name;  // Among the components of the document.
  std::string_view what;
};
constexpr std::array kProblemAnswers{
    ProblemAnswer{400, "BadRequest", "`invalid_argument`: the request is wrong."},
    ProblemAnswer{401, "Unauthorized", "`unauthenticated`: no token, or one that is not valid."},
    ProblemAnswer{403, "Forbidden",
                  "`permission_denied`: the scope, the policy or a browser rule forbids it."},
    ProblemAnswer{404, "NotFound", "`not_found`: no such route, actor, event or content."},
    ProblemAnswer{408, "RequestTimeout",
                  "`request_timeout`: the head or the body did not come in time."},
    ProblemAnswer{409, "Conflict",
                  "`conflict`: the actor's state does not allow it. `already_exists`: a name or an "
                  "id is taken. `idempotency_key_in_use`: the first request with the key is in "
                  "progress."},
    ProblemAnswer{410, "Gone", "`answer_gone`: the request was done, and its answer is not kept."},
    ProblemAnswer{413, "ContentTooLarge", "`too_large`: the body is too large."},
    ProblemAnswer{414, "TargetTooLong", "`too_large`: the target is too long."},
    ProblemAnswer{415, "UnsupportedMediaType",
                  "`unsupported_media_type`: the body has another form than the route takes."},
    ProblemAnswer{417, "ExpectationFailed",
                  "`unsupported_protocol`: the server has no such expectation."},
    ProblemAnswer{422, "Unprocessable",
                  "`actor_error`: the guest answered with an error. `idempotency_key_reused`: the "
                  "key belongs to another request."},
    ProblemAnswer{429, "TooManyRequests",
                  "`resource_exhausted`: a bound is reached, such as a full mailbox. "
                  "`too_many_requests`, `too_many_streams`, `too_many_body_bytes`, "
                  "`too_many_starts`: the client has reached a bound of its own."},
    ProblemAnswer{431, "HeadersTooLarge", "`too_large`: the headers are too large."},
    ProblemAnswer{500, "Failed", "`internal`, `corrupt`, `io`: the node could not do it."},
    ProblemAnswer{501, "MethodUnknown", "`unsupported_protocol`: HTTP has no such method here."},
    ProblemAnswer{503, "Unavailable",
                  "`unavailable`: the actor or the node is ending, or not ready."},
    ProblemAnswer{504, "DeadlineExceeded",
                  "`deadline_exceeded`: the actor did not answer in time; it may still do it."},
    ProblemAnswer{505, "VersionUnknown", "`unsupported_protocol`: not HTTP/1.0 or HTTP/1.1."}};

// What the server may answer to any request: of HTTP itself, of browsers, and of a node that ends.
constexpr std::array kProblemsOfAll{400, 403, 408, 413, 414, 415, 417, 431, 500, 501, 503, 505};
constexpr std::array kProblemsWithScope{401, 429};
constexpr std::array kProblemsWithActor{404};
constexpr std::array kProblemsWithKey{409, 410, 422};

Json problem_answers() {
  Json answers;
  for (const ProblemAnswer& answer : kProblemAnswers) {
    Json& made = answers[std::string(answer.name)];
    made = {{"description", answer.what},
            {"content", {{"application/problem+json", {{"schema", named("Problem")}}}}}};
    if (answer.status == 429 || answer.status == 503) {
      made["headers"]["Retry-After"] = {{"description", "Seconds after which to ask again."},
                                        {"schema", number()}};
    }
  }
  return answers;
}

std::set<int> problems_of(const Route& route) {
  std::set<int> statuses(kProblemsOfAll.begin(), kProblemsOfAll.end());
  statuses.insert(route.problems.begin(), route.problems.end());
  if (route.scope.scope()) statuses.insert(kProblemsWithScope.begin(), kProblemsWithScope.end());
  if (route.takes_key) statuses.insert(kProblemsWithKey.begin(), kProblemsWithKey.end());
  if (route.path.find("{actor}") != std::string_view::npos)
    statuses.insert(kProblemsWithActor.begin(), kProblemsWithActor.end());
  return statuses;
}

Json multipart_schema(const Route& route) {
  Json schema = {
      {"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
  for (const PartRule& part : route.parts) {
    Json bytes = {{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
    if (!part.pattern.empty()) bytes = {{"type", "string"}, {"pattern", part.pattern}};
    Json value = part.count == PartRule::Count::kAny ? list_of(bytes) : bytes;
    value["description"] = part.what;
    schema["properties"][std::string(part.name)] = value;
    if (part.count == PartRule::Count::kOne) schema["required"].push_back(part.name);
  }
  return schema;
}

Json body_of(const Route& route) {
  if (route.body == BodyForm::kBytes) {
    return {{"content", {{"application/octet-stream", {{"schema", Json::object()}}}}}};
  }
  return {{"required", true},
          {"content", {{"multipart/form-data", {{"schema", multipart_schema(route)}}}}}};
}

Json answers_of(const Route& route) {
  Json answers;
  for (const Outcome& outcome : route.outcomes) {
    Json answer = {{"description", outcome.what}};
    if (!outcome.content_type.empty()) {
      Json schema = outcome.schema.empty() ? Json::object() : named(outcome.schema);
      answer["content"][std::string(outcome.content_type)] = {{"schema", schema}};
      if (outcome.schema == "EventPage") {
        answer["content"]["text/event-stream"] = {{"schema", text()}};
      }
    }
    answers[std::to_string(outcome.status)] = std::move(answer);
  }
  std::set<int> problems = problems_of(route);
  for (const ProblemAnswer& answer : kProblemAnswers) {
    if (!problems.contains(answer.status)) continue;
    answers[std::to_string(answer.status)] = {
        {"$ref", "#/components/responses/" + std::string(answer.name)}};
  }
  return answers;
}

Json operation_of(const Route& route) {
  Json operation = {{"operationId", route.operation}, {"summary", route.what}};
  if (auto scope = route.scope.scope()) {
    operation["description"] =
        "Needs the scope `" + std::string(scope_name(*scope)) + "` or a wider one.";
  } else {
    operation["security"] = Json::array();
  }
  if (Json parameters = parameters_of(route); !parameters.empty())
    operation["parameters"] = std::move(parameters);
  if (route.body != BodyForm::kNone) operation["requestBody"] = body_of(route);
  operation["responses"] = answers_of(route);
  return operation;
}

std::string lower(std::string_view word) {
  std::string text(word);
  for (char& c : text)
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

}  // namespace

Json openapi_document() {
  Json paths;
  for (const Route& route : routes())
    paths[std::string(route.path)][lower(route.method)] = operation_of(route);
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Theater management API"},
            {"version", theater_version()},
            {"description", "The interface of `theater server`."}}},
          {"security", Json::array({{{"bearer", Json::array()}}})},
          {"paths", std::move(paths)},
          {"components",
           {{"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}},
            {"responses", problem_answers()},
            {"schemas", schemas()}}}};
}

}  // namespace theater::api
