#include "theater/log/event/view.h"

#include "theater/base/check.h"
#include "theater/base/printable.h"
#include "theater/log/event/access_note.h"
#include "theater/log/event/process_note.h"
#include "theater/log/event/request_note.h"
#include "theater/wit/json.h"
#include "theater/wit/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace theater::log {

namespace {

template <class E>
std::string label(E value) {
  const char* name = boost::describe::enum_to_string(value, "?");
  return wit::kebab_case(name);
}

std::string bytes_text(uint64_t length) {
  return length == 1 ? "1 byte" : fmt::format("{} bytes", length);
}

std::string bytes_text(const Payload& payload) {
  return bytes_text(payload_length(payload));
}

std::string told(const std::optional<Payload>& payload) {
  return payload ? fmt::format("the guest got {}", bytes_text(*payload)) : "the guest was not told";
}

std::string state_text(const StateRef& state) {
  const auto* some = std::get_if<SomeState>(&state);
  return some == nullptr ? "no state"
                         : fmt::format("a state of {}", bytes_text(some->value.length));
}

std::string state_text(const StateChange& state) {
  if (const auto* set = std::get_if<StateSet>(&state)) {
    return fmt::format("the state has {}", bytes_text(set->value.length));
  }
  return std::holds_alternative<StateCleared>(state) ? "the state is cleared"
                                                     : "the state is unchanged";
}

std::string ending_text(const Ending& ending) {
  return std::string(
      std::visit([](const auto& alternative) { return alternative.kCaseName; }, ending));
}

std::string origin_text(const Origin& origin) {
  if (const auto* sender = std::get_if<Sender>(&origin)) {
    return fmt::format("actor {}", sender->actor.to_string());
  }
  if (const auto* client = std::get_if<NamedClient>(&origin)) {
    return fmt::format("client `{}`", client->name);
  }
  return fmt::format("the {}", std::visit([](const auto& a) { return a.kCaseName; }, origin));
}

std::string destination_text(const Destination& to) {
  if (const auto* peer = std::get_if<Peer>(&to)) {
    return fmt::format("actor {}", peer->actor.to_string());
  }
  if (std::holds_alternative<ToNobody>(to)) return "nobody";
  return fmt::format("the {}", std::visit([](const auto& a) { return a.kCaseName; }, to));
}

std::string originator_text(const Originator& by) {
  if (const auto* client = std::get_if<ByClient>(&by)) {
    return fmt::format("client `{}`", client->value);
  }
  if (const auto* actor = std::get_if<ByActor>(&by)) {
    return fmt::format("actor {}", actor->value.to_string());
  }
  return "the runtime";
}

std::string list_text(std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return fmt::format("no {}s", name);
  return fmt::format("the {}{} `{}`", name, values.size() == 1 ? "" : "s",
                     fmt::join(values, "`, `"));
}

// The whole sentence: each operation that carries something has its own.
struct OperationDescriber {
  const Originator& by;

  std::string operator()(const Started& operation) const {
    std::string name = operation.name ? fmt::format(" as `{}`", *operation.name) : "";
    return fmt::format("Control: started{} by {}, restart {}, with {} of its own{}.", name,
                       originator_text(by), operation.restart, list_text("grant", operation.grants),
                       operation.once ? ", asked for once" : "");
  }
  std::string operator()(const Updated& operation) const {
    return fmt::format("Control: updated by {} to manifest {}, with {} of its own.",
                       originator_text(by), operation.manifest.to_string().substr(0, 16),
                       list_text("grant", operation.grants));
  }
  std::string operator()(const Held& operation) const {
    if (operation.value.empty()) return "Control: nothing is held for the actor.";
    std::vector<std::string> parts;
    for (const auto& [name, payload] : operation.value)
      parts.push_back(fmt::format("`{}` of {}", name, bytes_text(payload)));
    return fmt::format("Control: held for the actor: {}.", fmt::join(parts, ", "));
  }
  std::string operator()(const Noted& operation) const {
    if (std::optional<std::string> text = access_note_text(operation)) return *std::move(text);
    if (std::optional<std::string> text = request_note_text(operation)) return *std::move(text);
    if (std::optional<std::string> text = process_note_text(operation)) return *std::move(text);
    return fmt::format("Noted: {} with {}{}.", operation.what, bytes_text(operation.data),
                       operation.about ? fmt::format(", about event {}", *operation.about) : "");
  }
  template <class Other>
  std::string operator()(const Other& operation) const {
    return fmt::format("Control: {} by {}.", operation.kCaseName, originator_text(by));
  }
};

// One overload a body; the name of a function comes from outside.
struct Describer {
  const FunctionTable& functions;

  std::string name(uint32_t index) const {
    return functions.contains(index) ? functions.name(index) : fmt::format("function {}", index);
  }

  std::string operator()(const Genesis& body) const {
    return fmt::format("The chain of actor `{}` ({}) begins.", body.name, body.actor.to_string());
  }
  std::string operator()(const Instance& body) const {
    return fmt::format(
        "Instance of component {} ({}, incarnation {}) with {} functions, {} grants "
        "and {}.",
        body.component.to_string().substr(0, 16), label(body.why), body.incarnation,
        body.functions.size(), body.grants.size(), state_text(body.state));
  }
  std::string operator()(const Call& body) const {
    return fmt::format("Call of {} by {} with {}.", name(body.function), origin_text(body.from),
                       bytes_text(body.arguments));
  }
  std::string operator()(const Returned& body) const {
    const auto* ok = std::get_if<CallOk>(&body.result);
    if (ok != nullptr) {
      return fmt::format("The call returned {}; {}.", bytes_text(ok->value),
                         state_text(body.state));
    }
    const auto& error = std::get<CallError>(body.result).value;
    return fmt::format("The call returned an error of {}; {}.", bytes_text(error),
                       state_text(body.state));
  }
  std::string operator()(const Host& body) const {
    return fmt::format("The guest called {} with {} and got {}.", name(body.function),
                       bytes_text(body.arguments), bytes_text(body.result));
  }
  std::string operator()(const Note& body) const {
    return fmt::format("The guest called {} with {}.", name(body.function),
                       bytes_text(body.arguments));
  }
  std::string operator()(const Refused& body) const {
    std::string why = std::visit(
        [](const auto& reason) { return fmt::format("{}: {}", reason.kCaseName, reason.value); },
        body.why);
    return fmt::format("The guest called {} and was refused ({}).", name(body.function), why);
  }
  std::string operator()(const Intent& body) const {
    return fmt::format("The guest called {} with {}; it is about to be done.", name(body.function),
                       bytes_text(body.arguments));
  }
  std::string operator()(const Outcome& body) const {
    if (const auto* done = std::get_if<OutcomeDone>(&body.result)) {
      return fmt::format("The intent of event {} was done; the guest got {}.", body.intent,
                         bytes_text(done->value));
    }
    if (const auto* unknown = std::get_if<OutcomeUnknown>(&body.result)) {
      return fmt::format("It is unknown whether the intent of event {} was done; {}.", body.intent,
                         told(unknown->value));
    }
    return fmt::format("The intent of event {} was cancelled; {}.", body.intent,
                       told(std::get<OutcomeCancelled>(body.result).value));
  }
  std::string operator()(const Sent& body) const {
    const auto* failed = std::get_if<SentFailed>(&body.result);
    return fmt::format("The guest called {}: {} to {} with {}{}.", name(body.function),
                       label(body.kind), destination_text(body.to), bytes_text(body.arguments),
                       failed == nullptr ? "" : ", which failed");
  }
  std::string operator()(const Answered& body) const {
    return fmt::format("The request of event {} was answered with {}{}.", body.sent,
                       bytes_text(body.result), body.by ? "" : ", by no actor");
  }
  std::string operator()(const Child& body) const {
    return fmt::format("Actor {} became a child.", body.actor.to_string());
  }
  std::string operator()(const ChildEnded& body) const {
    return fmt::format("The child {} ended ({}).", body.actor.to_string(), ending_text(body.how));
  }
  std::string operator()(const Discarded& body) const {
    return fmt::format("Something sent ({}) was discarded ({}).",
                       body.sent.to_string().substr(0, 16), label(body.why));
  }
  std::string operator()(const Control& body) const {
    return std::visit(OperationDescriber{body.by}, body.operation);
  }
  std::string operator()(const Snapshot& body) const {
    return fmt::format("Snapshot with {}, {} open requests and {} undelivered messages.",
                       state_text(body.state), body.open_requests.size(), body.undelivered.size());
  }
  std::string operator()(const Failed& body) const {
    return fmt::format("The instance was lost: {}.", failure_text(body.why));
  }
  std::string operator()(const Terminated& body) const {
    return fmt::format("The actor ended ({}).", ending_text(body.how));
  }
};

std::string type_text(const Body& body, const FunctionTable& functions) {
  if (std::holds_alternative<Instance>(body)) return "runtime-setup";
  std::optional<uint32_t> function = function_of(body);
  if (function && functions.contains(*function)) return functions.name(*function);
  return "theater-runtime/" + std::string(body_name(body));
}

}  // namespace

std::string failure_text(const FailureCause& why) {
  if (const auto* trap = std::get_if<FailedTrap>(&why)) {
    return fmt::format("it trapped ({})", label(trap->value));
  }
  if (const auto* limit = std::get_if<FailedLimit>(&why)) {
    return fmt::format("it reached a limit ({})", label(limit->value));
  }
  return std::holds_alternative<FailedKilled>(why) ? "it was killed" : "the node crashed";
}

std::string describe(const Body& body, const FunctionTable& functions) {
  return escape_control(std::visit(Describer{functions}, body));
}

uint64_t short_hash(const Hash& hash) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i)
    value = value << 8 | hash.bytes[i];
  return value;
}

Result<EventView> EventViewer::view(ByteView event, const Hash& hash) {
  Event decoded = THEATER_TRY(decode_event_in_place(event));
  if (auto* instance = std::get_if<Instance>(&decoded.body)) {
    functions_ = FunctionTable::from_names(instance->functions);
  }
  EventView view;
  view.seq = decoded.seq;
  view.time = decoded.time;
  view.hash = hash;
  if (decoded.seq > 0) view.parent = decoded.parent;
  view.event_type = type_text(decoded.body, functions_);
  view.description = describe(decoded.body, functions_);
  ByteView body = THEATER_TRY(event_body(event));
  view.data = THEATER_TRY(wit::to_json_text(wit::type_of<Body>(), body, wit::JsonStyle::kCompact));
  return view;
}

std::vector<EventView> view_chain(const Chain& chain) {
  EventViewer viewer(chain.functions_at_first());
  std::vector<EventView> views;
  views.reserve(static_cast<size_t>(chain.kept()));
  chain.for_each([&](uint64_t seq, ByteView event, const Hash& hash) {
    Result<EventView> view = viewer.view(event, hash);
    THEATER_CHECK(view, "event {} of our own making does not decode", seq);
    views.push_back(*std::move(view));
  });
  return views;
}

}  // namespace theater::log
