// What a guest sends to other actors: messages, requests, and the answers to them.
#include "theater/actor/cell/binder.h"
#include "theater/actor/cell/binder_results.h"
#include "theater/actor/cell/limit_keeper.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace theater {

using engine::HostAnswer;

namespace {

std::string ring_text(const std::vector<ActorId>& ring) {
  std::string text = "the request would never be answered: " + ring.front().to_string();
  for (size_t i = 1; i < ring.size(); ++i)
    text += " waits for " + ring[i].to_string() + ", which";
  return text + " waits for " + (ring.size() == 1 ? "itself" : ring.front().to_string());
}

}  // namespace

HostAnswer Binder::fail(const Sending& sending, log::Destination to, std::string_view why) {
  write_error(sending.result, why);
  recorder_.record(log::Sent{sending.import.index, log::borrowed_payload(sending.args),
                             sending.kind, std::move(to), std::nullopt,
                             log::SentFailed{log::borrowed_payload(sending.result)}});
  return HostAnswer::kDone;
}

std::shared_ptr<ActorRef> Binder::find_target(const Sending& sending, const ActorId& id) {
  std::shared_ptr<ActorRef> target = routes_.find(id);
  if (!target) fail(sending, log::ToNobody{}, "Actor not found: " + id.to_string());
  return target;
}

log::EventRef Binder::record_sent(const Sending& sending, log::Destination to) {
  return recorder_.record(log::Sent{sending.import.index, log::borrowed_payload(sending.args),
                                    sending.kind, std::move(to), std::nullopt,
                                    log::SentAccepted{}});
}

log::EventRef Binder::post(const Sending& sending, const std::shared_ptr<ActorRef>& target,
                           Message message) {
  log::EventRef sent = record_sent(sending, log::Peer{target->id(), target->durability()});
  message.from = log::Sender{self_.id(), durability_, sent.hash};
  output_.deliver(target, std::move(message));
  return sent;
}

HostAnswer Binder::run(const BoundImport& import, const HostFunction::Send& body, ByteView args,
                       Bytes& result) {
  Sending sending{import, args, log::SentKind::kSend, result};
  auto outgoing = body(session(import), args);
  if (!outgoing) return fail(sending, log::ToNobody{}, outgoing.error());
  std::shared_ptr<ActorRef> target = find_target(sending, outgoing->to);
  if (!target) return HostAnswer::kDone;
  Message message;
  message.function = outgoing->function;
  message.params = message_params(outgoing->payload);
  if (auto place = target->reserve(*message.function, message.size()); !place) {
    return fail(sending, log::Peer{target->id(), target->durability()}, place.error());
  }
  post(sending, target, std::move(message));
  write_ok(result);
  return HostAnswer::kDone;
}

HostAnswer Binder::run(const BoundImport& import, const HostFunction::Request& body, ByteView args,
                       Bytes& result, engine::Completion& completion) {
  Sending sending{import, args, body.kind, result};
  auto outgoing = body.send(session(import), args);
  if (!outgoing) return fail(sending, log::ToNobody{}, outgoing.error());
  return ask(sending, *outgoing, completion);
}

HostAnswer Binder::ask(const Sending& sending, const OutgoingMessage& outgoing,
                       engine::Completion& completion) {
  std::shared_ptr<ActorRef> target = find_target(sending, outgoing.to);
  if (!target) return HostAnswer::kDone;
  log::Peer peer{target->id(), target->durability()};
  uint64_t call = next_call_++;
  if (auto ring = services_.waits.enter(self_.id(), outgoing.to, call); !ring.empty()) {
    return fail(sending, peer, ring_text(ring));
  }
  // The id is unique in the node, and leads back to the event.
  bool opens = sending.kind == log::SentKind::kOpenChannel;
  std::string id =
      fmt::format("{}{}-{}", opens ? "ch_" : "", self_.id().to_string(), recorder_.next_seq());
  std::shared_ptr<ChannelLink> channel;
  RequestSlot request_place;
  tl::expected<void, std::string> place;
  if (opens) {
    auto prepared = prepare_channel(outgoing, id, *target);
    if (prepared) {
      channel = *std::move(prepared);
    } else {
      place = tl::unexpected(std::move(prepared).error());
    }
  } else if (auto reserved = target->reserve_request()) {
    request_place = *std::move(reserved);
  } else {
    place = tl::unexpected(std::move(reserved).error());
  }
  Message message;
  message.function = outgoing.function;
  message.params = request_params(id, outgoing.payload);
  if (place) place = target->reserve(*message.function, message.size());
  if (!place) {
    services_.waits.leave(self_.id(), call);
    if (channel) release_channel(*target);
    return fail(sending, peer, place.error());
  }
  // The answer may come as soon as the message is pushed, but it is looked at only after this
  // activation.
  log::EventRef sent = record_sent(sending, peer);
  PendingCall& pending = pending_.emplace();
  pending.kind = PendingCall::Kind::kRequest;
  pending.call = call;
  pending.import = &sending.import;
  pending.seq = sent.seq.value;
  pending.completion = std::move(completion);
  pending.channel = channel;
  if (outgoing.timeout_ms) set_deadline(pending, *outgoing.timeout_ms);
  message.from = log::Sender{self_.id(), durability_, sent.hash};
  message.reply =
      ReplyTo(ReplyTo::Actor{self_.ref(), call, sent.hash, durability_, std::move(channel)});
  message.reply.keep(std::move(request_place));
  output_.deliver(target, std::move(message));
  return HostAnswer::kLater;
}

void Binder::set_deadline(PendingCall& pending, uint64_t timeout_ms) {
  constexpr uint64_t kMsMax = Timers::kDelayMax / std::chrono::milliseconds(1);
  pending.timeout_ms = timeout_ms;
  pending.deadline = services_.timers.after(
      std::chrono::milliseconds(std::min(timeout_ms, kMsMax)),
      [actor = self_.ref(), call = pending.call] { actor->request_timed_out(call); });
}

HostAnswer Binder::run(const BoundImport& import, const HostFunction::Answer& body, ByteView args,
                       Bytes& result) {
  Sending sending{import, args, log::SentKind::kAnswer, result};
  auto outgoing = body(session(import), args);
  if (!outgoing) return fail(sending, log::ToNobody{}, outgoing.error());
  RequestAnswer answer;
  if (outgoing->answer) {
    answer.result = wit::encode(*outgoing->answer);
  } else {
    answer.result = tl::unexpected(std::string(outgoing->answer.error()));
  }
  return answer_request(sending, outgoing->request_id, std::move(answer));
}

HostAnswer Binder::run(const BoundImport& import, const HostFunction::Cancel& body, ByteView args,
                       Bytes& result) {
  Sending sending{import, args, log::SentKind::kCancel, result};
  auto outgoing = body(session(import), args);
  if (!outgoing) return fail(sending, log::ToNobody{}, outgoing.error());
  RequestAnswer answer;
  answer.result = tl::unexpected("the request was cancelled by " + self_.id().to_string());
  return answer_request(sending, outgoing->request_id, std::move(answer));
}

HostAnswer Binder::answer_request(const Sending& sending, std::string_view request_id,
                                  RequestAnswer answer) {
  const ReplyTo* from = open_requests_.find(request_id);
  if (from == nullptr) {
    return fail(sending, log::ToNobody{}, fmt::format("Request ID not found: {}", request_id));
  }
  Bytes& result = sending.result;
  log::Sent body{sending.import.index, log::borrowed_payload(sending.args),
                 sending.kind,         log::ToClient{},
                 std::nullopt,         log::SentAccepted{}};
  const ReplyTo::Actor* actor = from->actor();
  if (actor != nullptr) {
    body.to = log::Peer{actor->requester->id(), actor->durability};
    body.about = actor->sent;
    if (!actor->requester->reserve_answer()) {
      write_error(result, "Failed to send response: the actor that asked has ended");
      body.result = log::SentFailed{log::borrowed_payload(result)};
      recorder_.record(body);
      open_requests_.take(request_id);
      return HostAnswer::kDone;
    }
  }
  answer.by = recorder_.record(body).hash;
  answer.was_sent = true;
  output_.answer(open_requests_.take(request_id), std::move(answer),
                 OutputCommit::Place::kReserved);
  write_ok(result);
  return HostAnswer::kDone;
}

Bytes Binder::request_result(const PendingCall& pending, const RequestAnswer& answer) {
  Bytes result;
  if (pending.channel) {
    channel_result(pending, answer, result);
  } else if (answer.result) {
    write_ok(result);
    append(result, *answer.result);
  } else {
    write_error(result, answer.result.error());
  }
  if (too_large(result))
    write_error(result, too_large_text(result.size(), limits_.payload_bytes_max()));
  return result;
}

}  // namespace theater
