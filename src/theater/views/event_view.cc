#include "theater/views/event_view.h"

#include "theater/base/hex.h"
#include "theater/base/printable.h"
#include "theater/base/utf8.h"
#include "theater/log/event/access_note.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/event/process_note.h"
#include "theater/log/event/request_note.h"
#include "theater/views/text.h"
#include "theater/wit/json.h"
#include "theater/wit/validate.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::views {

// What a payload is in its event.
struct EventReader::Role {
  enum class Kind : uint8_t { kArguments, kResult, kError, kNote, kBytes };

  std::string part;
  Kind kind = Kind::kBytes;
  // Of arguments and results, empty if it is not known; the kind of a note.
  std::string function = {};
};

namespace {

// Whether the number of the JSON values of a value has a bound that does not depend on its bytes.
bool is_flat(const wit::Type& type) {
  auto flat_if_there = [](const std::optional<wit::Type>& part) { return !part || is_flat(*part); };
  switch (type.kind()) {
    case wit::Kind::kList:
      return type.element().kind() == wit::Kind::kU8;
    case wit::Kind::kOption:
      return is_flat(type.element());
    case wit::Kind::kRecord:
    case wit::Kind::kTuple:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const wit::Field& field) { return is_flat(field.type); });
    case wit::Kind::kVariant:
      return std::all_of(type.cases().begin(), type.cases().end(),
                         [&](const wit::Case& one) { return flat_if_there(one.type); });
    case wit::Kind::kResult:
      return flat_if_there(type.ok()) && flat_if_there(type.error());
    default:
      return true;
  }
}

bool fits(const std::optional<wit::Type>& type, ByteView bytes) {
  return type && wit::validate(*type, bytes).has_value();
}

// A payload of the event, with its body if there is one.
PayloadView payload_view(const log::Payload& payload, const std::optional<log::StoredBody>* body) {
  PayloadView view;
  if (const log::Blob* blob = log::inline_bytes(payload)) {
    view.bytes = blob->view();
    return view;
  }
  view.detached = std::get<log::Detached>(payload);
  view.presence = Presence::kElsewhere;
  if (body == nullptr) return view;
  view.presence = Presence::kRemoved;
  if (!*body) return view;
  view.salt = (*body)->salt;
  view.presence = (*body)->is_absent() ? Presence::kRecomputable : Presence::kHere;
  if (view.presence == Presence::kHere) view.bytes = (*body)->bytes();
  return view;
}

std::string_view presence_name(Presence presence) {
  switch (presence) {
    case Presence::kHere:
      break;
    case Presence::kElsewhere:
      return "elsewhere";
    case Presence::kRemoved:
      return "removed";
    case Presence::kRecomputable:
      return "recomputable";
  }
  return "here";
}

Json hex_json(ByteView bytes) {
  return {{"hex", to_hex(bytes)}, {"length", bytes.size()}};
}

Json raw_json(ByteView bytes) {
  if (!wit::is_plain_text(bytes)) return hex_json(bytes);
  return {{"text", std::string(as_text(bytes))}, {"length", bytes.size()}};
}

// The value by its type, if it may be shown so.
std::optional<Json> value_json(const PayloadView& payload, wit::JsonBytes bytes) {
  if (!payload.type) return std::nullopt;
  if (payload.bytes.size() > kTypedBytesMax && !is_flat(*payload.type)) return std::nullopt;
  Result<Json> value = wit::to_ordered_json(*payload.type, payload.bytes, bytes);
  if (!value) return std::nullopt;
  return std::optional<Json>(std::in_place, *std::move(value));
}

Json payload_json(const PayloadView& payload, PayloadForm form) {
  Json json = {{"part", payload.part}};
  if (payload.presence != Presence::kHere) {
    json[std::string(presence_name(payload.presence))] = true;
  } else if (form == PayloadForm::kBytes) {
    json["raw"] = hex_json(payload.bytes);
  } else if (std::optional<Json> value = value_json(payload, wit::JsonBytes::kTagged)) {
    json["value"] = *std::move(value);
  } else {
    json["raw"] = raw_json(payload.bytes);
  }
  return json;
}

// Facts about a payload outside of the event.
Json detached_json(const PayloadView& payload) {
  Json json = {{"hash", payload.detached->hash.to_string()}, {"length", payload.detached->length}};
  if (payload.salt) json["salt"] = to_hex(*payload.salt);
  if (payload.presence == Presence::kHere) json["bytes"] = json_bytes(payload.bytes);
  if (payload.presence == Presence::kRemoved || payload.presence == Presence::kRecomputable)
    json[std::string(presence_name(payload.presence))] = true;
  return json;
}

std::string hex_text(ByteView bytes, PayloadLength length) {
  size_t shown =
      length == PayloadLength::kFull ? bytes.size() : std::min(bytes.size(), kPayloadTextMax / 2);
  return fmt::format("0x{}{} ({})", to_hex(bytes.first(shown)), shown < bytes.size() ? "…" : "",
                     counted(bytes.size(), "byte"));
}

std::string cut(std::string text, PayloadLength length) {
  return length == PayloadLength::kFull ? text : shortened(std::move(text), kPayloadTextMax);
}

// Text of a payload that is here.
std::string value_text(const PayloadView& payload, PayloadForm form, PayloadLength length) {
  if (form == PayloadForm::kBytes) return hex_text(payload.bytes, length);
  if (std::optional<Json> value = value_json(payload, wit::JsonBytes::kShown))
    return cut(value->dump(), length);
  bool is_data = payload.part != "arguments" && payload.part != "result";
  std::string label = is_data ? "" : "raw ";
  if (!wit::is_plain_text(payload.bytes)) return label + hex_text(payload.bytes, length);
  return label + cut(Json(std::string(as_text(payload.bytes))).dump(), length);
}

std::string payload_text(const PayloadView& payload, PayloadForm form, PayloadLength length) {
  switch (payload.presence) {
    case Presence::kElsewhere:
      return {};
    case Presence::kRemoved:
    case Presence::kRecomputable:
      return fmt::format(" ({})", presence_name(payload.presence));
    case Presence::kHere:
      break;
  }
  std::string value = value_text(payload, form, length);
  if (payload.part == "arguments") return payload.bytes.empty() ? "" : " " + value;
  if (payload.part == "result") return " -> " + value;
  if (payload.part == "error") return " -> error " + value;
  return fmt::format(" {} {}", payload.part, value);
}

}  // namespace

std::string EventReader::name_of(uint32_t function) const {
  const log::FunctionTable& functions = viewer_.functions();
  return functions.contains(function) ? functions.name(function) : std::string();
}

std::string EventReader::pending(uint64_t seq) const {
  auto found = pending_.find(seq);
  return found == pending_.end() ? std::string() : found->second;
}

void EventReader::remember(uint64_t seq, uint32_t function) {
  pending_.insert_or_assign(seq, name_of(function));
  if (pending_.size() > kPendingMax) pending_.erase(pending_.begin());
}

void EventReader::follow(const log::Event& event) {
  if (const auto* instance = std::get_if<log::Instance>(&event.body)) {
    component_ = instance->component;
    call_.clear();
  } else if (const auto* call = std::get_if<log::Call>(&event.body)) {
    call_ = name_of(call->function);
  } else if (const auto* intent = std::get_if<log::Intent>(&event.body)) {
    remember(event.seq, intent->function);
  } else if (const auto* sent = std::get_if<log::Sent>(&event.body)) {
    if (log::wants_answer(sent->kind)) remember(event.seq, sent->function);
  } else if (const auto* outcome = std::get_if<log::Outcome>(&event.body)) {
    pending_.erase(outcome->intent);
  } else if (const auto* answered = std::get_if<log::Answered>(&event.body)) {
    pending_.erase(answered->sent);
  }
}

// In the order of the payloads of a body.
std::vector<EventReader::Role> EventReader::roles(const log::Body& body) const {
  using Kind = Role::Kind;
  std::vector<Role> roles;
  auto arguments = [&](uint32_t function) {
    roles.push_back({"arguments", Kind::kArguments, name_of(function)});
  };
  auto result = [&](std::string function) {
    roles.push_back({"result", Kind::kResult, std::move(function)});
  };
  if (const auto* call = std::get_if<log::Call>(&body)) {
    arguments(call->function);
  } else if (const auto* returned = std::get_if<log::Returned>(&body)) {
    if (std::holds_alternative<log::CallOk>(returned->result)) {
      result(call_);
    } else {
      roles.push_back({"error", Kind::kError});
    }
  } else if (const auto* host = std::get_if<log::Host>(&body)) {
    arguments(host->function);
    result(name_of(host->function));
  } else if (const auto* note = std::get_if<log::Note>(&body)) {
    arguments(note->function);
  } else if (const auto* refused = std::get_if<log::Refused>(&body)) {
    arguments(refused->function);
    result(name_of(refused->function));
  } else if (const auto* intent = std::get_if<log::Intent>(&body)) {
    arguments(intent->function);
  } else if (const auto* sent = std::get_if<log::Sent>(&body)) {
    arguments(sent->function);
    result(name_of(sent->function));
  } else if (const auto* outcome = std::get_if<log::Outcome>(&body)) {
    result(pending(outcome->intent));
  } else if (const auto* answered = std::get_if<log::Answered>(&body)) {
    result(pending(answered->sent));
  } else if (const auto* control = std::get_if<log::Control>(&body)) {
    if (const auto* held = std::get_if<log::Held>(&control->operation)) {
      for (const log::HeldPart& part : held->value)
        roles.push_back({std::get<0>(part), Kind::kBytes});
    }
    if (const auto* noted = std::get_if<log::Noted>(&control->operation))
      roles.push_back({"data", Kind::kNote, noted->what});
  }
  return roles;
}

std::optional<wit::Type> EventReader::type_of_function(const Role& role,
                                                       const PayloadView& payload) {
  auto type = [&](const PayloadType& function) {
    return role.kind == Role::Kind::kArguments ? function.arguments : function.result;
  };
  std::optional<wit::Type> found;
  size_t fitting = 0;
  for (const PayloadType& function : types_.of_handlers(role.function)) {
    std::optional<wit::Type> one = type(function);
    if (!fits(one, payload.bytes) || (found && *found == *one)) continue;
    found = std::move(one);
    ++fitting;
  }
  if (fitting == 1) return found;
  if (!component_ || role.function.empty()) return std::nullopt;
  std::optional<PayloadType> function = types_.of_component(*component_, role.function);
  if (!function || !fits(type(*function), payload.bytes)) return std::nullopt;
  return type(*function);
}

std::optional<wit::Type> EventReader::type_of(const Role& role, const PayloadView& payload) {
  if (payload.presence != Presence::kHere) return std::nullopt;
  switch (role.kind) {
    case Role::Kind::kArguments:
    case Role::Kind::kResult:
      return type_of_function(role, payload);
    case Role::Kind::kError:
      if (fits(wit::Type::string(), payload.bytes)) return wit::Type::string();
      return std::nullopt;
    case Role::Kind::kNote: {
      std::optional<wit::Type> type = log::access_note_type(role.function);
      if (!type) type = log::request_note_type(role.function);
      if (!type) type = log::process_note_type(role.function);
      return fits(type, payload.bytes) ? type : std::nullopt;
    }
    case Role::Kind::kBytes:
      return std::nullopt;
  }
  return std::nullopt;
}

Result<void> EventReader::skip(ByteView event) {
  log::Event decoded = THEATER_TRY(log::decode_event_in_place(event));
  follow(decoded);
  if (auto* instance = std::get_if<log::Instance>(&decoded.body)) {
    viewer_ = log::EventViewer(log::FunctionTable::from_names(std::move(instance->functions)));
  }
  return {};
}

Result<EventView> EventReader::view(ByteView event, const Hash& hash, const Bodies* bodies) {
  EventView view;
  view.event = THEATER_TRY(viewer_.view(event, hash));
  view.bytes = event;
  log::Event decoded = THEATER_TRY(log::decode_event_in_place(event));
  view.body = log::body_name(decoded.body);
  std::vector<Role> all = roles(decoded.body);
  size_t next = 0;
  size_t next_body = 0;
  log::for_each_payload(decoded.body, [&](const log::Payload& payload) {
    const std::optional<log::StoredBody>* body = nullptr;
    if (log::inline_bytes(payload) == nullptr) {
      if (bodies != nullptr && next_body < bodies->size()) body = &(*bodies)[next_body];
      ++next_body;
    }
    Role role = next < all.size() ? all[next] : Role{"data", Role::Kind::kBytes};
    ++next;
    PayloadView one = payload_view(payload, body);
    bool is_nothing = one.presence == Presence::kHere && one.bytes.empty();
    if (is_nothing && role.kind == Role::Kind::kResult) return;
    one.type = type_of(role, one);
    one.part = std::move(role.part);
    view.payloads.push_back(std::move(one));
  });
  follow(decoded);
  return view;
}

Json event_json(const EventView& view, PayloadForm form) {
  const log::EventView& event = view.event;
  Json payloads = Json::array();
  Json detached = Json::array();
  for (const PayloadView& payload : view.payloads) {
    payloads.push_back(payload_json(payload, form));
    if (payload.detached) detached.push_back(detached_json(payload));
  }
  Json json = {{"seq", event.seq},
               {"time", utc_text(event.time)},
               {"type", event.event_type},
               {"hash", event.hash.to_string()},
               {"parent", event.parent ? Json(event.parent->to_string()) : Json()},
               {"description", event.description},
               {"payloads", std::move(payloads)},
               {"body", Json::parse(event.data, nullptr, false)},
               {"bytes", to_hex(view.bytes)}};
  if (!detached.empty()) json["detached"] = std::move(detached);
  return json;
}

std::string payloads_text(const EventView& view, PayloadForm form, PayloadLength length) {
  std::string text;
  for (const PayloadView& payload : view.payloads)
    text += payload_text(payload, form, length);
  return escape_control(text);
}

}  // namespace theater::views
