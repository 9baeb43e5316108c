#include "theater/api/openapi.h"

#include "theater/api/http/idempotency_key.h"
#include "theater/api/route.h"
#include "theater/handlers/runtime/version.h"
#include "theater/views/live_actor.h"

#include <nlohmann/json.hpp>

#include <string>

namespace theater::api {

namespace {

using views::Json;

Json text() {
  return {{"type", "string"}};
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
          {"restart", or_null(text())},
          {"parent", or_null(digits(32))},
          {"state", {{"type", "string"}, {"enum", views::kStateWords}}},
          {"since", {{"type", "string"}, {"format", "date-time"}}},
          {"step", or_null(text())},
          {"function", or_null(text())},
          {"mailbox", number()},
          {"events", number()},
          {"head", digits(64)},
          {"calls", number()},
          {"errors", number()},
          {"restarts", number()},
          {"memory_bytes", number()},
          {"cpu_ms", {{"type", "number"}, {"minimum", 0}}},
          {"durability", {{"type", "string"}, {"enum", Json::array({"memory", "async", "sync"})}}},
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
                {"how", text()},
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
                   {"ready", flag()},
                   {"events", number()},
                   {"root", digits(64)},
                   {"actors", number()},
                   {"refused", object({{"authentication", number()}, {"permission", number()}})},
                   {"you", object({{"name", text()}, {"scope", text()}})}})},
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
    case Parameter::Type::kText:
      break;
  }
  Json schema = text();
  for (std::string_view word : parameter.words)
    schema["enum"].push_back(word);
  return schema;
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
         {"schema",
          {{"type", "string"}, {"pattern", "^[!-~]+$"}, {"maxLength", kIdempotencyKeyMax}}}});
  }
  return parameters;
}

Json problem_answer(std::string_view what) {
  return {{"description", what},
          {"content", {{"application/problem+json", {{"schema", named("Problem")}}}}}};
}

Json multipart_schema(const Route& route) {
  Json schema = {{"type", "object"}, {"properties", Json::object()}};
  for (const PartRule& part : route.parts) {
    Json bytes = {{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
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
  if (route.takes_key) {
    answers["409"] = problem_answer(
        "`idempotency_key_in_use`: the first request with the key is in progress; or a conflict.");
    answers["410"] =
        problem_answer("`answer_gone`: the request was done, and its answer is not kept.");
    answers["422"] = problem_answer(
        "`idempotency_key_reused`: the key belongs to another request; or an error of the guest.");
  }
  answers["default"] = problem_answer("A problem (RFC 9457).");
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
            {"schemas", schemas()}}}};
}

}  // namespace theater::api
