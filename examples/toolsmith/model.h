// What the toolsmith asks of an OpenAI-compatible endpoint, POST /chat/completions, and what it
// finds in an answer.
#pragma once

#include <theater/environment.hpp>
#include <theater/http_client.hpp>
#include <theater/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace toolsmith {

using theater::Result;
using theater::Status;
using theater::json::Value;

inline Value message(std::string_view role, std::string_view content) {
  return Value::object({{"role", role}, {"content", content}});
}

// What the endpoint says about a refused request, for people.
inline std::string refusal_text(const theater::http::Response& response) {
  std::string text = "the endpoint answered " + std::to_string(response.status);
  auto parsed = theater::json::parse(response.body.value_or(""));
  std::string_view why = parsed ? (*parsed)["error"]["message"].text() : std::string_view();
  return why.empty() ? text : text + ": " + std::string(why);
}

// The model's answer to a conversation, a JSON array of messages. Waits for it.
inline Result<std::string> ask_model(const std::string& endpoint, const std::string& model,
                                     const std::string& messages) {
  Value body = Value::object({{"model", model}});
  body.set("messages", THEATER_TRY(theater::json::parse(messages)));
  theater::http::Request request{.method = "POST", .uri = endpoint + "/chat/completions"};
  request.headers = {{"Content-Type", "application/json"}};
  // The node puts the key in; the actor sees a placeholder.
  if (auto key = theater::get_var("OPENAI_API_KEY")) {
    request.headers.push_back({"Authorization", "Bearer " + *key});
  }
  request.body = body.dump();
  theater::http::Response response = THEATER_TRY(theater::send_http(request));
  if (response.status != 200) return theater::fail(refusal_text(response));
  auto answer = theater::json::parse(response.body.value_or(""));
  if (!answer) return theater::fail("the endpoint's answer is no JSON: " + answer.error());
  std::string text((*answer)["choices"][0]["message"]["content"].text());
  if (text.empty()) return theater::fail("the endpoint's answer has no text");
  return text;
}

// The program in an answer: the lines between the first two lines that begin with ```.
inline std::optional<std::string_view> program_in(std::string_view answer) {
  constexpr std::string_view kFence = "```";
  size_t open = answer.starts_with(kFence) ? 0 : answer.find("\n```");
  if (open == std::string_view::npos) return std::nullopt;
  size_t begin = answer.find('\n', open + 1);
  size_t end = begin == std::string_view::npos ? begin : answer.find("\n```", begin + 1);
  if (end == std::string_view::npos) return std::nullopt;
  return answer.substr(begin + 1, end - begin);
}

}  // namespace toolsmith
