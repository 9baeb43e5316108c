// The protocol of an OpenAI-compatible endpoint: POST /chat/completions, with tools, streamed.
//
// A model's answer comes as chunks of JSON, each with a few more characters of its text or of the
// arguments of a tool call. An Answer puts them together.
#pragma once

#include <theater/codec.hpp>
#include <theater/http_client.hpp>
#include <theater/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace llm_agent {

using theater::Result;
using theater::Status;
using theater::json::Value;

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON, as the model wrote it.
  THEATER_FIELDS(id, name, arguments)
};

// The most bytes of an answer's text and tool calls, and the most tool calls of one answer.
inline constexpr size_t kAnswerBytesMax = size_t{128} << 10;
inline constexpr size_t kToolCallsMax = 32;

struct Answer {
  std::string content;
  std::vector<ToolCall> calls;
  bool is_whole = false;  // The model has said that it is done.
  THEATER_FIELDS(content, calls, is_whole)

  // Takes the data of one server-sent event. Fails if that is not what such an endpoint sends.
  Status take(std::string_view data) {
    if (data == "[DONE]") {
      is_whole = true;
      return {};
    }
    auto chunk = theater::json::parse(data);
    if (!chunk) return theater::fail("the endpoint sent a chunk that is no JSON: " + chunk.error());
    if (const Value& error = (*chunk)["error"]; !error.is_null()) {
      return theater::fail("the endpoint sent an error: " + error.dump());
    }
    // The last chunk of some endpoints has the usage and no choice.
    const Value& choice = (*chunk)["choices"][0];
    content += choice["delta"]["content"].text();
    for (const Value& part : choice["delta"]["tool_calls"].items())
      THEATER_TRY_VOID(take_call(part));
    if (!choice["finish_reason"].is_null()) is_whole = true;
    if (size() > kAnswerBytesMax) {
      return theater::fail("the model's answer is longer than " + std::to_string(kAnswerBytesMax) +
                           " bytes");
    }
    return {};
  }

  // The answer as a message of the conversation.
  Value message() const {
    Value message = Value::object({{"role", "assistant"}, {"content", content}});
    Value made = Value::array();
    for (const ToolCall& call : calls) {
      Value function = Value::object({{"name", call.name}, {"arguments", call.arguments}});
      made.push(Value::object({{"id", call.id}, {"type", "function"}, {"function", function}}));
    }
    if (!calls.empty()) message.set("tool_calls", made);
    return message;
  }

 private:
  // A part of the tool call number `index`: its id and name come first, then its arguments.
  Status take_call(const Value& part) {
    size_t index = part["index"].integer<size_t>().value_or(calls.size());
    if (index >= kToolCallsMax) return theater::fail("the model calls too many tools at once");
    if (index >= calls.size()) calls.resize(index + 1);
    ToolCall& call = calls[index];
    if (std::string_view id = part["id"].text(); !id.empty()) call.id = id;
    call.name += part["function"]["name"].text();
    call.arguments += part["function"]["arguments"].text();
    return {};
  }

  size_t size() const {
    size_t bytes = content.size();
    for (const ToolCall& call : calls)
      bytes += call.id.size() + call.name.size() + call.arguments.size();
    return bytes;
  }
};

// What the endpoint says about a refused request, for people.
inline std::string refusal_text(uint16_t status, std::string_view body) {
  std::string text = "the endpoint answered " + std::to_string(status);
  auto parsed = theater::json::parse(body);
  std::string_view why = parsed ? (*parsed)["error"]["message"].text() : std::string_view();
  return why.empty() ? text : text + ": " + std::string(why);
}

// Whether the same request may succeed later.
inline bool is_passing(uint16_t status) {
  return status == 408 || status == 429 || status >= 500;
}

inline bool is_passing(std::string_view error) {
  std::string_view word = theater::http::failure_word(error);
  return word == "timeout" || word == "refused" || word == "cut-off" || word == "no-room";
}

// Whether a response is a stream of events.
inline bool is_event_stream(const theater::http::Headers& headers) {
  return theater::http::find_header(headers, "content-type")
      .value_or("")
      .starts_with("text/event-stream");
}

}  // namespace llm_agent
