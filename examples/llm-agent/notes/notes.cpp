// A tool of the agent: a notebook. It may do nothing but keep what it is given.
#include <theater/message_server.hpp>

#include <string>
#include <vector>

#include "../tool.h"

namespace llm_agent {

using theater::Reply;
using theater::Result;
using theater::json::Value;

struct Notes {
  std::vector<std::string> lines;
  THEATER_FIELDS(lines)

  using Codec = theater::JsonCodec;

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    Value tools = Value::array(
        {describe_tool("note", "Writes a line into the notebook", {{"text", "string"}})});
    return THEATER_TRY(answer_tool_request(
        message, tools, [&](std::string_view name, const Value& arguments) -> Result<std::string> {
          if (name != "note") return theater::fail("no such tool: " + std::string(name));
          if (lines.size() == kLinesMax) return theater::fail("the notebook is full");
          lines.emplace_back(arguments["text"].text());
          return "noted";
        }));
  }

  static constexpr size_t kLinesMax = 1000;
};

}  // namespace llm_agent

THEATER_ACTOR(llm_agent::Notes)
THEATER_MESSAGE_SERVER_CLIENT(llm_agent::Notes)
