// The tools that the agent offers to the model: a calculator and a notebook.
//
// {"list": true} lists them in the form that models know, {"call": {"name", "arguments"}} calls
// one. What a tool may do is what this actor may do: here, nothing but keep notes.
#include <theater/json.hpp>
#include <theater/message_server.hpp>

#include <string>
#include <vector>

#include "calculator.h"

using theater::Reply;
using theater::Result;
using theater::json::Value;

struct Tools {
  std::vector<std::string> notes;
  THEATER_FIELDS(notes)

  using Codec = theater::JsonCodec;

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "notes") return notes_text();
    Value asked = THEATER_TRY(theater::json::parse(message));
    if (asked["list"].boolean()) return Value::object({{"tools", offered()}}).dump();
    const Value& call = asked["call"];
    std::string content = THEATER_TRY(run(call["name"].text(), call["arguments"]));
    return Value::object({{"content", content}}).dump();
  }

  Result<std::string> run(std::string_view tool, const Value& arguments) {
    if (tool == "calculate") {
      return std::to_string(THEATER_TRY(Calculator::calculate(arguments["expression"].text())));
    }
    if (tool == "note") {
      notes.emplace_back(arguments["text"].text());
      return notes.back();
    }
    return theater::fail("no such tool: " + std::string(tool));
  }

  static Value offered() {
    return Value::array({
        tool("calculate", "Calculates an expression of whole numbers", "expression"),
        tool("note", "Writes a line into the notebook", "text"),
    });
  }

  static Value tool(std::string_view name, std::string_view description,
                    std::string_view parameter) {
    Value properties = Value::object();
    properties.set(parameter, Value::object({{"type", "string"}}));
    return Value::object({
        {"name", name},
        {"description", description},
        {"parameters", Value::object({{"type", "object"},
                                      {"properties", properties},
                                      {"required", Value::array({parameter})}})},
    });
  }

  std::string notes_text() const {
    std::string text;
    for (const std::string& note : notes)
      text += (text.empty() ? "" : "\n") + note;
    return text;
  }
};

THEATER_ACTOR(Tools)
THEATER_MESSAGE_SERVER_CLIENT(Tools)
