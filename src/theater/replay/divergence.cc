#include "theater/replay/divergence.h"

#include "theater/actor/handler/binding.h"
#include "theater/wit/json.h"
#include "theater/wit/traits.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::replay {

namespace {

constexpr size_t kStateTextMax = 64;

std::optional<Bytes> bytes_of(const RecordedEvent& event, const log::Payload& payload) {
  Result<std::optional<ByteView>> found = payload_bytes(event, payload);
  if (!found || !*found) return std::nullopt;
  return to_bytes(**found);
}

// "stack-overflow", as log.wit names it.
template <class Code>
std::string label_of(Code code) {
  return wit::type_of<Code>().labels()[static_cast<size_t>(code)];
}

std::string text_of(const log::FailureCause& why) {
  if (const auto* trap = std::get_if<log::FailedTrap>(&why)) {
    return "trapped: " + label_of(trap->value);
  }
  if (const auto* limit = std::get_if<log::FailedLimit>(&why)) {
    return "reached a limit: " + label_of(limit->value);
  }
  return std::holds_alternative<log::FailedKilled>(why) ? "was killed" : "was lost in a crash";
}

// The act of one event, body by body.
class ActMaker {
 public:
  ActMaker(const RecordedEvent& event, const log::FunctionTable& functions, const std::string& call)
      : event_(event), functions_(functions), call_(call) {}

  Act operator()(const log::Host& body) const {
    Act act = host_call(body);
    act.result = bytes_of(event_, body.result);
    return act;
  }
  Act operator()(const log::Note& body) const { return host_call(body); }
  Act operator()(const log::Intent& body) const { return host_call(body); }
  Act operator()(const log::Refused& body) const {
    Act act = host_call(body);
    if (const auto* value = std::get_if<log::RefusedValue>(&body.result)) {
      act.result = bytes_of(event_, value->value);
    }
    return act;
  }
  Act operator()(const log::Sent& body) const {
    Act act = host_call(body);
    if (const auto* failed = std::get_if<log::SentFailed>(&body.result)) {
      act.result = bytes_of(event_, failed->value);
    }
    return act;
  }
  Act operator()(const log::Returned& body) const {
    Act act;
    act.function = call_;
    if (const auto* error = std::get_if<log::CallError>(&body.result)) {
      act.kind = Act::Kind::kError;
      act.what = "returned an error";
      act.result = bytes_of(event_, error->value);
    } else {
      act.kind = Act::Kind::kReturn;
      act.what = "returned";
      act.result = bytes_of(event_, std::get<log::CallOk>(body.result).value);
    }
    return act;
  }
  Act operator()(const log::Failed& body) const {
    Act act;
    act.what = text_of(body.why);
    return act;
  }
  Act operator()(const log::Call& body) const {
    Act act;
    act.what = "was ready, and called";
    if (functions_.contains(body.function)) act.function = functions_.name(body.function);
    return act;
  }
  template <class Body>
  Act operator()(const Body& body) const {
    Act act;
    act.what = "recorded `" + std::string(body.kCaseName) + "`";
    return act;
  }

 private:
  template <class Body>
  Act host_call(const Body& body) const {
    Act act;
    act.kind = Act::Kind::kHostCall;
    act.function = functions_.contains(body.function) ? functions_.name(body.function)
                                                      : fmt::format("function {}", body.function);
    act.what = "called " + act.function;
    act.arguments = bytes_of(event_, body.arguments);
    return act;
  }

  const RecordedEvent& event_;
  const log::FunctionTable& functions_;
  const std::string& call_;
};

std::string describe_content(const log::Content& content) {
  return fmt::format("{}, {} bytes", content.digest.to_string(), content.length);
}

// The value as JSON; as that of list<u8> if it has no type, or another.
std::string json_of(const std::optional<wit::Type>& type, const std::optional<Bytes>& value) {
  if (!value) return {};
  if (type) {
    Result<std::string> text = wit::to_json_text(*type, *value, wit::JsonStyle::kCompact);
    if (text) return *std::move(text);
  }
  if (value->empty()) return {};
  return wit::to_json_text(wit::type_of<Bytes>(), wit::encode(*value), wit::JsonStyle::kCompact)
      .value_or("");
}

const wit::FuncType* find(std::span<const engine::FunctionDecl> functions,
                          const std::string& name) {
  auto found = std::find_if(
      functions.begin(), functions.end(),
      [&](const engine::FunctionDecl& function) { return plain_name(function.name) == name; });
  return found == functions.end() ? nullptr : &found->type;
}

// What an export returns apart from the state: the second part of the tuple in its result.
std::optional<wit::Type> results_type(const wit::FuncType& type) {
  if (!type.result || type.result->kind() != wit::Kind::kResult || !type.result->ok()) {
    return std::nullopt;
  }
  const wit::Type& ok = *type.result->ok();
  if (ok.kind() != wit::Kind::kTuple || ok.fields().size() != 2) return std::nullopt;
  return ok.fields()[1].type;
}

}  // namespace

Act act_of(const RecordedEvent& event, const log::FunctionTable& functions,
           const std::string& call) {
  return std::visit(ActMaker(event, functions, call), event.event.body);
}

std::string describe_state(const std::optional<Bytes>& state) {
  if (!state) return "none";
  std::string text = describe_content(log::content_of(*state));
  if (state->size() > kStateTextMax) return text;
  return text + ": " +
         wit::to_json_text(wit::type_of<Bytes>(), wit::encode(*state), wit::JsonStyle::kCompact)
             .value_or("");
}

std::string describe_state(const log::StateRef& state) {
  const auto* some = std::get_if<log::SomeState>(&state);
  return some == nullptr ? "none" : describe_content(some->value);
}

std::string describe_change(const log::StateChange& change) {
  if (const auto* set = std::get_if<log::StateSet>(&change)) return describe_content(set->value);
  return std::holds_alternative<log::StateCleared>(change) ? "none, where there was one"
                                                           : "unchanged";
}

Side render(const Act& act, const Signatures& signatures) {
  Side side{act.what, act.function, {}, act.text};
  std::optional<wit::Type> arguments;
  std::optional<wit::Type> result;
  switch (act.kind) {
    case Act::Kind::kHostCall:
      if (const wit::FuncType* type = find(signatures.imports, act.function)) {
        arguments = type->params_tuple();
        result = type->result;
      }
      break;
    case Act::Kind::kReturn:
      if (const wit::FuncType* type = find(signatures.exports, act.function)) {
        result = results_type(*type);
      }
      break;
    case Act::Kind::kError:
      result = wit::Type::string();
      break;
    case Act::Kind::kOther:
      break;
  }
  side.arguments = json_of(arguments, act.arguments);
  if (side.result.empty()) side.result = json_of(result, act.result);
  return side;
}

}  // namespace theater::replay
