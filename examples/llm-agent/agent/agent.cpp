// An agent around a language model: it asks the model, carries out the tool calls that the model
// asks for, and answers when the model has nothing more to call.
//
// Each question is a conversation of its own, and several are under way at once: the actor does
// not wait for the model. A question is a request that is answered later. The model's answer comes
// as a stream, a few characters an event. The tools are children, each with permissions of its own.
#include <theater/environment.hpp>
#include <theater/http_stream.hpp>
#include <theater/json.hpp>
#include <theater/message_server.hpp>
#include <theater/server_sent_events.hpp>
#include <theater/supervisor.hpp>
#include <theater/timing.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chat.h"

namespace llm_agent {

using theater::Reply;
using theater::http_stream::Event;

// Bounds that keep the state small: the conversations at once, the bytes of one, those of what its
// stream has begun, and those that are kept of the body of a refusal.
inline constexpr size_t kConversationsMax = 8;
inline constexpr size_t kConversationBytesMax = size_t{256} << 10;
inline constexpr theater::ServerSentEventBounds kEventBounds{.line_bytes_max = size_t{64} << 10,
                                                             .data_bytes_max = size_t{64} << 10};
inline constexpr size_t kRefusalBytesMax = 4096;

// From a question to its answer.
struct Conversation {
  std::string request;    // The id of the request that waits for an answer.
  std::string messages;   // What was said so far: a JSON array.
  uint64_t turns = 0;     // Answers of the model.
  uint64_t attempts = 0;  // To get the next one.
  uint64_t stream = 0;    // By which it comes.
  uint16_t status = 0;    // Of the response; 0 before its head.
  std::string refusal;    // The body of a response that is no answer.
  theater::ServerSentEventParser parser;
  Answer answer;
  THEATER_FIELDS(request, messages, turns, attempts, stream, status, refusal, parser, answer)
};

struct Agent {
  // These come from the initial state.
  std::string endpoint;      // Such as https://api.openai.com/v1.
  std::string model;         // Its name there.
  std::string instructions;  // The system message; empty for none.
  uint64_t turns_max = 8;
  uint64_t attempts_max = 3;
  uint64_t retry_ms = 1000;  // Before the second attempt; each further one waits twice as long.
  bool show_tokens = false;  // Whether each piece of an answer is a log line.
  // These are the agent's own.
  std::map<std::string, std::string> tool_actors;  // The child of each tool, by the tool's name.
  std::string tools;                               // As the model is told of them: a JSON array.
  std::vector<Conversation> conversations;
  THEATER_FIELDS(endpoint, model, instructions, turns_max, attempts_max, retry_ms, show_tokens,
                 tool_actors, tools, conversations)

  Status init(std::string_view) {
    if (!endpoint.empty() && !model.empty()) return {};
    return theater::fail(R"(the initial state must have "endpoint" and "model")");
  }

  Result<Reply> handle_request(std::string_view id, std::string_view question) {
    forget_abandoned();
    if (conversations.size() >= kConversationsMax) {
      return theater::fail("busy with " + std::to_string(kConversationsMax) + " questions");
    }
    THEATER_TRY_VOID(find_tools());
    Value messages = Value::array();
    if (!instructions.empty()) messages.push(message("system", instructions));
    messages.push(message("user", question));
    Conversation conversation;
    conversation.request = id;
    conversation.messages = messages.dump();
    THEATER_TRY_VOID(ask(conversation));
    conversations.push_back(std::move(conversation));
    return theater::later;
  }

  Status handle_stream(uint64_t id, const Event& event) {
    auto found = std::find_if(conversations.begin(), conversations.end(),
                              [&](const Conversation& one) { return one.stream == id; });
    // What waited when a stream was cancelled.
    if (found == conversations.end()) return {};
    switch (event.kind) {
      case Event::Kind::kHead:
        return take_head(*found, event);
      case Event::Kind::kData:
        return take_data(*found, event.data);
      case Event::Kind::kEnd:
        return take_end(*found);
      case Event::Kind::kFailed:
        return take_failure(*found, event.error);
    }
    return {};
  }

  // Asks each child for its tools. A child that was restarted may have others.
  Status find_tools() {
    Value offered = Value::array();
    tool_actors.clear();
    for (const std::string& child : theater::list_children()) {
      Value listed = THEATER_TRY(ask_child(child, Value::object({{"list", true}})));
      for (const Value& tool : listed["tools"].items()) {
        tool_actors[std::string(tool["name"].text())] = child;
        offered.push(Value::object({{"type", "function"}, {"function", tool}}));
      }
    }
    tools = offered.dump();
    return {};
  }

  // Sends the conversation to the model, whose answer comes by handle_stream.
  Status ask(Conversation& conversation) {
    Value body = Value::object({{"model", model}, {"stream", true}});
    body.set("messages", THEATER_TRY(theater::json::parse(conversation.messages)));
    if (!tool_actors.empty()) body.set("tools", THEATER_TRY(theater::json::parse(tools)));
    theater::http::Request request{.method = "POST", .uri = endpoint + "/chat/completions"};
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "text/event-stream"}};
    // The node puts the key in; the actor sees a placeholder.
    if (auto key = theater::get_var("OPENAI_API_KEY")) {
      request.headers.push_back({"Authorization", "Bearer " + *key});
    }
    request.body = body.dump();
    conversation.stream = THEATER_TRY(theater::http_stream::open(request));
    ++conversation.attempts;
    conversation.status = 0;
    conversation.refusal.clear();
    conversation.parser = {};
    conversation.answer = {};
    return {};
  }

  Status take_head(Conversation& conversation, const Event& head) {
    conversation.status = head.status;
    if (head.status != 200 || is_event_stream(head.headers)) return {};
    THEATER_TRY_VOID(theater::http_stream::cancel(conversation.stream));
    return give_up(conversation, "the endpoint does not stream its answers");
  }

  Status take_data(Conversation& conversation, std::string_view data) {
    if (conversation.status != 200) {
      size_t room = kRefusalBytesMax - conversation.refusal.size();
      conversation.refusal += data.substr(0, room);
      return {};
    }
    size_t had = conversation.answer.content.size();
    Status taken = take_events(conversation, data);
    if (!taken) {
      THEATER_TRY_VOID(theater::http_stream::cancel(conversation.stream));
      return give_up(conversation, taken.error());
    }
    std::string_view more = std::string_view(conversation.answer.content).substr(had);
    if (show_tokens && !more.empty()) theater::log("> " + std::string(more));
    return {};
  }

  static Status take_events(Conversation& conversation, std::string_view data) {
    std::vector<theater::ServerSentEvent> events;
    THEATER_TRY_VOID(conversation.parser.feed(data, events, kEventBounds));
    for (const theater::ServerSentEvent& event : events)
      THEATER_TRY_VOID(conversation.answer.take(event.data));
    return {};
  }

  Status take_end(Conversation& conversation) {
    if (conversation.status != 200) {
      std::string why = refusal_text(conversation.status, conversation.refusal);
      return is_passing(conversation.status) ? try_again(conversation, why)
                                             : give_up(conversation, why);
    }
    if (!conversation.answer.is_whole) return try_again(conversation, "the answer was cut off");
    ++conversation.turns;
    conversation.attempts = 0;
    if (conversation.answer.calls.empty()) {
      return finish(conversation, conversation.answer.content);
    }
    if (conversation.turns >= turns_max) {
      return give_up(conversation, "no answer after " + std::to_string(turns_max) + " turns");
    }
    Value messages = THEATER_TRY(theater::json::parse(conversation.messages));
    messages.push(conversation.answer.message());
    for (const ToolCall& call : conversation.answer.calls)
      messages.push(run_tool(call));
    conversation.messages = messages.dump();
    if (conversation.messages.size() > kConversationBytesMax) {
      return give_up(conversation, "the conversation is longer than " +
                                       std::to_string(kConversationBytesMax) + " bytes");
    }
    return ask_again(conversation);
  }

  Status take_failure(Conversation& conversation, std::string_view error) {
    // Some servers close the connection where the end of the body should be.
    bool is_late = theater::http::failure_word(error) == "cut-off" && conversation.answer.is_whole;
    if (is_late) return take_end(conversation);
    std::string why(error);
    return is_passing(error) ? try_again(conversation, why) : give_up(conversation, why);
  }

  // A tool's failure is a result too: the model may try something else.
  Value run_tool(const ToolCall& call) {
    theater::log("calling " + call.name + call.arguments);
    Result<std::string> result = call_tool(call);
    Value answer = message("tool", result ? *result : "error: " + result.error());
    answer.set("tool_call_id", call.id);
    return answer;
  }

  Result<std::string> call_tool(const ToolCall& call) {
    auto found = tool_actors.find(call.name);
    if (found == tool_actors.end()) return theater::fail("there is no tool " + call.name);
    Value arguments = THEATER_TRY(theater::json::parse(call.arguments));
    Value wanted = Value::object({{"name", call.name}, {"arguments", arguments}});
    Value result = THEATER_TRY(ask_child(found->second, Value::object({{"call", wanted}})));
    return std::string(result["content"].text());
  }

  static Result<Value> ask_child(const std::string& child, const Value& question) {
    return theater::json::parse(THEATER_TRY(theater::request(child, question.dump())));
  }

  // Requests end with the instance that took them. A crash in a call may leave a conversation
  // without any stream.
  static bool is_awaited(const Conversation& conversation) {
    auto waiting = theater::list_outstanding_requests();
    return std::find(waiting.begin(), waiting.end(), conversation.request) != waiting.end();
  }

  void forget_abandoned() {
    std::erase_if(conversations, [](const Conversation& one) { return !is_awaited(one); });
  }

  // For another turn or attempt, which costs money: not for a requester that has gone.
  Status ask_again(Conversation& conversation) {
    if (!is_awaited(conversation)) return give_up(conversation, "its requester has gone");
    Status asked = ask(conversation);
    return asked ? asked : give_up(conversation, asked.error());
  }

  // After a wait, unless it was tried often enough. All conversations wait then: their endpoint is
  // the same one.
  Status try_again(Conversation& conversation, const std::string& why) {
    if (conversation.attempts >= attempts_max) {
      return give_up(conversation, why + " (attempt " + std::to_string(attempts_max) + ")");
    }
    theater::log("attempt " + std::to_string(conversation.attempts) + ": " + why);
    uint64_t doublings = std::min<uint64_t>(conversation.attempts - 1, 10);
    THEATER_TRY_VOID(theater::sleep_for(retry_ms << doublings));
    return ask_again(conversation);
  }

  Status give_up(Conversation& conversation, const std::string& why) {
    return finish(conversation, "sorry, no answer: " + why);
  }

  // Answers the question. If its requester has gone, the answer is for the log.
  Status finish(Conversation& conversation, const std::string& text) {
    if (auto answered = theater::respond_to_request(conversation.request, text); !answered) {
      theater::log("an answer for no one (" + answered.error() + "): " + text);
    }
    conversations.erase(conversations.begin() + (&conversation - conversations.data()));
    return {};
  }

  static Value message(std::string_view role, std::string_view content) {
    return Value::object({{"role", role}, {"content", content}});
  }
};

}  // namespace llm_agent

THEATER_ACTOR(llm_agent::Agent)
THEATER_MESSAGE_SERVER_CLIENT(llm_agent::Agent)
THEATER_HTTP_STREAM_HANDLERS(llm_agent::Agent)
