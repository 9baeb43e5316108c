// What the tools of the agent have in common: how an actor describes a tool, and how it is called.
//
// {"list": true} is answered with {"tools": […]}, in the form that models know, and
// {"call": {"name": …, "arguments": {…}}} with {"content": "…"}.
#pragma once

#include <theater/json.hpp>
#include <theater/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace llm_agent {

struct Parameter {
  std::string_view name;
  std::string_view type;  // Of JSON Schema.
};

inline theater::json::Value describe_tool(std::string_view name, std::string_view description,
                                          const std::vector<Parameter>& parameters) {
  using theater::json::Value;
  Value properties = Value::object();
  Value required = Value::array();
  for (const Parameter& parameter : parameters) {
    properties.set(parameter.name, Value::object({{"type", parameter.type}}));
    required.push(parameter.name);
  }
  Value schema =
      Value::object({{"type", "object"}, {"properties", properties}, {"required", required}});
  return Value::object({{"name", name}, {"description", description}, {"parameters", schema}});
}

// Answers a request to a tool actor: `tools` are its descriptions, and `run(name, arguments)` calls
// one.
template <class Run>
theater::Result<std::string> answer_tool_request(std::string_view message,
                                                 const theater::json::Value& tools, Run&& run) {
  using theater::json::Value;
  Value asked = THEATER_TRY(theater::json::parse(message));
  if (asked["list"].boolean()) return Value::object({{"tools", tools}}).dump();
  const Value& call = asked["call"];
  std::string content = THEATER_TRY(run(call["name"].text(), call["arguments"]));
  return Value::object({{"content", content}}).dump();
}

}  // namespace llm_agent
