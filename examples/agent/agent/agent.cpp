// An agent: it asks a model what to do and runs the tool calls that the model requests, until the
// model answers. Model and tools are actors of their own. So every prompt, tool call and answer is
// a request in the chain of this actor, and nothing else is.
#include <theater/json.hpp>
#include <theater/message_server.hpp>

#include <string>

using theater::Reply;
using theater::Result;
using theater::Status;
using theater::json::Value;

struct Agent {
  std::string model;  // Ids of the two actors, from the initial state.
  std::string tools;
  int64_t turns_max = 8;
  int64_t questions = 0;
  THEATER_FIELDS(model, tools, turns_max, questions)

  using Codec = theater::JsonCodec;

  Status init(std::string_view) {
    if (model.empty() || tools.empty()) {
      return theater::fail(R"(the initial state must be {"model": actor id, "tools": actor id})");
    }
    return {};
  }

  // A question in, the model's answer out.
  Result<Reply> handle_request(std::string_view, std::string_view question) {
    ++questions;
    Value messages = Value::array({message("user", question)});
    Value offered = THEATER_TRY(ask(tools, Value::object({{"list", true}})));
    for (int64_t turn = 0; turn < turns_max; ++turn) {
      Value reply = THEATER_TRY(
          ask(model, Value::object({{"messages", messages}, {"tools", offered["tools"]}})));
      messages.push(reply);
      if (reply["tool_calls"].size() == 0) {
        return std::string(reply["content"].text("(the model said nothing)"));
      }
      for (const Value& call : reply["tool_calls"].items())
        messages.push(run_tool(call));
    }
    return theater::fail("no answer after " + std::to_string(turns_max) + " turns");
  }

  // A tool's failure is an answer, too: the model may try something else.
  Value run_tool(const Value& call) {
    theater::log("calling " + std::string(call["name"].text()) + call["arguments"].dump());
    auto result = ask(tools, Value::object({{"call", call}}));
    Value answer = message("tool", "");
    answer.set("id", call["id"]);
    answer.set("content", result ? (*result)["content"] : Value("error: " + result.error()));
    return answer;
  }

  static Value message(std::string_view role, std::string_view content) {
    return Value::object({{"role", role}, {"content", content}});
  }

  static Result<Value> ask(std::string_view actor, const Value& question) {
    return theater::json::parse(THEATER_TRY(theater::request(actor, question.dump())));
  }
};

THEATER_ACTOR(Agent)
THEATER_MESSAGE_SERVER_CLIENT(Agent)
