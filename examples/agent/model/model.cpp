// Stands in for a language model: same questions, same answers, no network.
//
// It takes what such a model takes, {"messages": […], "tools": […]}, and answers with an assistant
// message that has text or tool calls. How it "thinks" is a script: have an expression calculated,
// have the result noted, answer. An actor that asks a real model over HTTP would take its place
// unnoticed.
#include <theater/json.hpp>
#include <theater/message_server.hpp>

#include <string>

using theater::Reply;
using theater::Result;
using theater::json::Value;

struct Model {
  Result<Reply> handle_request(std::string_view, std::string_view prompt) {
    Value asked = THEATER_TRY(theater::json::parse(prompt));
    const std::vector<Value>& messages = asked["messages"].items();
    if (messages.empty()) return theater::fail("the prompt has no messages");

    std::string expression = expression_in(messages.front()["content"].text());
    if (expression.empty())
      return text("I can only calculate. Ask me for something like 6 * 7.").dump();

    size_t results = 0;
    for (const Value& message : messages)
      results += message["role"].text() == "tool";
    std::string result(results == 0 ? "" : messages.back()["content"].text());
    if (result.starts_with("error: ")) return text("That did not work: " + result.substr(7)).dump();
    switch (results) {
      case 0:
        return call("call-1", "calculate", "expression", expression).dump();
      case 1:
        return call("call-2", "note", "text", expression + " = " + result).dump();
      default:
        return text("I calculated it and wrote it down: " + result).dump();
    }
  }

  // The longest part of a question that could be arithmetic: it has a digit and an operator.
  static std::string expression_in(std::string_view question) {
    constexpr std::string_view kAllowed = "0123456789.+-*/() ";
    std::string_view best;
    while (!question.empty()) {
      std::string_view run = question.substr(0, question.find_first_not_of(kAllowed));
      question.remove_prefix(std::max<size_t>(run.size(), 1));
      while (!run.empty() && (run.front() == ' ' || run.front() == '.'))
        run.remove_prefix(1);
      while (!run.empty() && (run.back() == ' ' || run.back() == '.'))
        run.remove_suffix(1);
      bool arithmetic =
          run.find_first_of("0123456789") != run.npos && run.find_first_of("+-*/") != run.npos;
      if (arithmetic && run.size() > best.size()) best = run;
    }
    return std::string(best);
  }

  static Value text(std::string_view content) {
    return Value::object({{"role", "assistant"}, {"content", content}});
  }

  static Value call(std::string_view id, std::string_view tool, std::string_view parameter,
                    std::string_view argument) {
    Value arguments = Value::object();
    arguments.set(parameter, argument);
    Value tool_call = Value::object({{"id", id}, {"name", tool}, {"arguments", arguments}});
    return Value::object({{"role", "assistant"}, {"tool_calls", Value::array({tool_call})}});
  }
};

THEATER_ACTOR(Model)
THEATER_MESSAGE_SERVER_CLIENT(Model)
