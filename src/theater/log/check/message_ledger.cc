#include "theater/log/check/message_ledger.h"

#include "theater/base/check.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/wit/traits.h"

#include <algorithm>
#include <utility>

namespace theater::log {

namespace {

using Kind = MessageContent::Kind;

MessageContent content_of_bytes(Kind kind, ByteView bytes) {
  return {kind, sha256(bytes), bytes.size()};
}

constexpr MessageContent kRemoved{Kind::kRemoved, {}, 0};
// How a boolean and an option begin in the encoding of values.
constexpr uint8_t kTrue = 1;
constexpr uint8_t kNone = 0;
constexpr uint8_t kSome = 1;

MessageContent whole(const Payload& payload) {
  const Blob* bytes = inline_bytes(payload);
  return bytes == nullptr ? kRemoved : content_of_bytes(Kind::kOk, bytes->view());
}

// The bytes behind the string that a tuple begins with; none if it does not begin with one.
std::optional<ByteView> behind_string(ByteView tuple, std::string_view* string = nullptr) {
  wit::ByteReader reader(tuple);
  Result<std::string_view> first = reader.read_string();
  if (!first) return std::nullopt;
  if (string != nullptr) *string = *first;
  return reader.rest();
}

// The arguments without the first, if that is a string.
MessageContent behind_first(const Payload& arguments) {
  const Blob* bytes = inline_bytes(arguments);
  if (bytes == nullptr) return kRemoved;
  std::optional<ByteView> rest = behind_string(bytes->view());
  return rest ? content_of_bytes(Kind::kOk, *rest) : MessageContent{};
}

// A result<T, string>.
MessageContent result_content(ByteView result) {
  if (result.empty()) return {};
  return content_of_bytes(result[0] == 0 ? Kind::kOk : Kind::kError, result.subspan(1));
}

bool ends_in(std::string_view function, std::string_view name) {
  return function.ends_with(name) && function.size() > name.size() &&
         function[function.size() - name.size() - 1] == '/';
}

// The answer to a request that `handle-request` returned: (option<list<u8>>), of which none says
// that the answer comes later.
MessageContent request_answer(ByteView results) {
  if (results.empty() || results[0] == 0) return {};
  return content_of_bytes(Kind::kOk, results.subspan(1));
}

}  // namespace

bool LeftOut::is(ByteView content) const {
  Bytes whole = head;
  append(whole, content);
  return whole.size() == payload.length && detached_hash(salt, whole) == payload.hash;
}

void put_bodies_in(Body& body, const std::vector<std::optional<StoredBody>>& bodies) {
  size_t next = 0;
  for_each_payload(body, [&](Payload& payload) {
    if (!std::holds_alternative<Detached>(payload)) return;
    bool is_there = next < bodies.size() && bodies[next] && !bodies[next]->is_absent();
    if (is_there) payload = borrowed_payload(bodies[next]->bytes());
    ++next;
  });
}

void MessageLedger::accept(const Event& event, const Hash& hash, const EventPlace& place,
                           std::span<const std::optional<StoredBody>> bodies) {
  seq_ = event.seq;
  hash_ = hash;
  place_ = place;
  left_out_.reset();
  if (!bodies.empty() && bodies[0] && bodies[0]->is_absent()) left_out_ = bodies[0]->salt;
  ++events_;
  std::visit([this](const auto& body) { note(body); }, event.body);
}

bool MessageLedger::crashed_between(uint64_t after, uint64_t before) const {
  auto at = std::upper_bound(crashes_.begin(), crashes_.end(), after);
  return at != crashes_.end() && *at < before;
}

Given& MessageLedger::give(Given::What what) {
  Given& given = given_.emplace_back();
  given.what = what;
  given.seq = seq_;
  given.hash = hash_;
  given.place = place_;
  return given;
}

Taken& MessageLedger::take(Taken::What what, const Hash* cited) {
  Taken& taken = taken_.emplace_back();
  taken.what = what;
  taken.seq = seq_;
  taken.place = place_;
  if (cited != nullptr) taken.cited = *cited;
  return taken;
}

std::string_view MessageLedger::function(uint32_t index) {
  return index < functions_.size() ? functions_[index] : std::string_view("?");
}

// Only a first payload is ever left out, so it is the first one of those that are detached.
void MessageLedger::note_left_out(Given& given, const Payload& output, Bytes head, Kind kind) {
  const auto* detached = std::get_if<Detached>(&output);
  if (detached == nullptr || !left_out_) return;
  given.left_out = std::make_shared<LeftOut>(LeftOut{*left_out_, *detached, std::move(head), kind});
}

void MessageLedger::note(const Genesis& body) {
  actor_ = body.actor;
  name_ = body.name;
}

void MessageLedger::note(const Instance& body) {
  functions_.clear();
  for (const std::string& name : body.functions)
    functions_.push_back(*names_.insert(name).first);
  payload_bytes_ = body.limits.payload_bytes;
  // A fresh instance knows nothing of what was asked of the one before.
  bool loses = body.why != InstanceReason::kStart && body.why != InstanceReason::kSnapshot;
  if (loses) give(Given::What::kInstance);
}

void MessageLedger::note(const Call& body) {
  current_ = {};
  current_.function = function(body.function);
  const auto* sender = std::get_if<Sender>(&body.from);
  if (sender == nullptr) return;
  current_.from = *sender;
  if (const Blob* bytes = inline_bytes(body.arguments); bytes != nullptr) {
    std::string_view first;
    if (behind_string(bytes->view(), &first)) {
      if (ends_in(current_.function, "handle-channel-open")) current_.channel = first;
      if (ends_in(current_.function, "handle-request")) request_ids_[sender->sent] = first;
    }
  }
  Taken& taken = take(Taken::What::kCall, taken_message(body));
  taken.function = current_.function;
  taken.from = Peer{sender->actor, sender->durability};
  taken.content = whole(body.arguments);
  taken.part = behind_first(body.arguments);
}

void MessageLedger::note(const Returned& body) {
  Current call = std::exchange(current_, {});
  if (!call.from) return;
  Given& given = give(Given::What::kReturned);
  given.function = call.function;
  given.to = Peer{call.from->actor, call.from->durability};
  given.about = call.from->sent;
  if (const auto* error = std::get_if<CallError>(&body.result)) {
    // Who opens a channel gets a text of the runtime's, around this one.
    if (!ends_in(call.function, "handle-channel-open")) {
      given.content = whole(error->value);
      note_left_out(given, error->value, {}, Kind::kError);
    }
    if (given.content.kind != Kind::kRemoved) given.content.kind = Kind::kError;
    return;
  }
  const Payload& payload = std::get<CallOk>(body.result).value;
  const Blob* results = inline_bytes(payload);
  if (ends_in(call.function, "handle-request")) {
    given.content = results == nullptr ? kRemoved : request_answer(results->view());
    note_left_out(given, payload, {kSome});
    // No answer is the shortest result.
    if (given.left_out && given.left_out->length() == 0) given.content = {};
    if (given.content.kind != Kind::kNone) request_ids_.erase(call.from->sent);
    return;
  }
  if (!ends_in(call.function, "handle-channel-open")) {
    given.content.kind = Kind::kUnknown;
    return;
  }
  if (results == nullptr) {
    given.content = given.part = kRemoved;
    if (!call.channel) return;
    // With a first message on the channel it is an acceptance, or that message is of no use.
    note_left_out(given, payload, {kTrue, kSome});
    if (!given.left_out) return;
    given.content = content_of_bytes(Kind::kOk, wit::encode(std::string_view(*call.channel)));
    if (given.left_out->length() > 0) return;
    given.part = {};
    LeftOut alone{given.left_out->salt, given.left_out->payload, {kTrue}};
    if (!alone.is(Bytes{kNone})) given.content = {Kind::kError, {}, 0};
    return;
  }
  // (record {accepted: bool, message: option<list<u8>>})
  ByteView accept = results->view();
  if (accept.size() < 2 || accept[0] == 0) {
    given.content.kind = Kind::kError;
    return;
  }
  if (!call.channel) {
    given.content = given.part = kRemoved;
    return;
  }
  Bytes first = wit::encode(std::string_view(*call.channel));
  given.content = content_of_bytes(Kind::kOk, first);
  if (accept[1] == 0) return;
  append(first, accept.subspan(2));
  given.part = content_of_bytes(Kind::kOk, first);
}

void MessageLedger::note(const Sent& body) {
  Given& given = give(Given::What::kSent);
  given.kind = body.kind;
  given.accepted = std::holds_alternative<SentAccepted>(body.result);
  given.function = function(body.function);
  given.about = body.about;
  if (const auto* peer = std::get_if<Peer>(&body.to)) given.to = *peer;
  given.part = behind_first(body.arguments);
  switch (body.kind) {
    case SentKind::kAnswer:
      given.content = std::exchange(given.part, {});
      if (auto asked = request_ids_.find(given.about.value_or(Hash()));
          asked != request_ids_.end()) {
        note_left_out(given, body.arguments, wit::encode(asked->second));
        request_ids_.erase(asked);
      }
      break;
    case SentKind::kCancel:
      given.part = {};
      given.content.kind = Kind::kError;
      break;
    case SentKind::kChannelMessage:
    case SentKind::kCloseChannel:
      given.content = whole(body.arguments);
      note_left_out(given, body.arguments, {});
      break;
    default:
      given.content = whole(body.arguments);
      if (given.to) note_left_out(given, body.arguments, wit::encode(given.to->actor.to_string()));
  }
}

void MessageLedger::note(const Answered& body) {
  auto request = std::lower_bound(given_.begin(), given_.end(), body.sent,
                                  [](const Given& given, uint64_t seq) { return given.seq < seq; });
  if (request == given_.end() || request->seq != body.sent || !request->to) return;
  Taken& taken = take(Taken::What::kAnswered, taken_message(body));
  taken.function = request->function;
  taken.from = request->to;
  taken.request = request->hash;
  taken.size_max = payload_bytes_;
  const Blob* bytes = inline_bytes(body.result);
  taken.content = bytes == nullptr ? kRemoved : result_content(bytes->view());
}

void MessageLedger::note(const Discarded& body) {
  take(Taken::What::kDiscarded, taken_message(body)).why = body.why;
  give(Given::What::kDiscarded).about = body.sent;
}

void MessageLedger::note(const Failed& body) {
  Current call = std::exchange(current_, {});
  if (std::holds_alternative<FailedCrash>(body.why)) crashes_.push_back(seq_);
  Given& given = give(Given::What::kFailed);
  given.function = call.function;
  if (call.from) given.about = call.from->sent;
}

void MessageLedger::note(const Terminated&) {
  terminated_ = true;
  give(Given::What::kTerminated);
}

}  // namespace theater::log
