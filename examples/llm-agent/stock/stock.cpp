// Two tools of the agent: counting and reserving what the shop has.
//
// A model may ask for anything, so the rules are here: more than there is cannot be reserved.
#include <theater/message_server.hpp>

#include <cstdint>
#include <map>
#include <string>

#include "../tool.h"

namespace llm_agent {

using theater::Reply;
using theater::Result;
using theater::json::Value;

struct Stock {
  std::map<std::string, int64_t> items;  // How many of each are not reserved.
  THEATER_FIELDS(items)

  using Codec = theater::JsonCodec;

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    Value tools = Value::array(
        {describe_tool("count", "Says how many of an item are left", {{"item", "string"}}),
         describe_tool("reserve", "Reserves some of an item for a customer",
                       {{"item", "string"}, {"number", "integer"}})});
    return THEATER_TRY(answer_tool_request(
        message, tools,
        [&](std::string_view name, const Value& arguments) { return run(name, arguments); }));
  }

  Result<std::string> run(std::string_view name, const Value& arguments) {
    std::string item(arguments["item"].text());
    auto found = items.find(item);
    if (found == items.end()) return theater::fail("the shop has no item `" + item + "`");
    if (name == "count") return std::to_string(found->second);
    if (name != "reserve") return theater::fail("no such tool: " + std::string(name));
    int64_t number = arguments["number"].integer().value_or(0);
    if (number < 1 || number > found->second) {
      return theater::fail("cannot reserve that many: there are " + std::to_string(found->second));
    }
    found->second -= number;
    return std::to_string(number) + " reserved, " + std::to_string(found->second) + " left";
  }
};

}  // namespace llm_agent

THEATER_ACTOR(llm_agent::Stock)
THEATER_MESSAGE_SERVER_CLIENT(llm_agent::Stock)
