#include "theater/runtime/recovered_holdings.h"

#include "theater/log/event/for_each_payload.h"
#include "theater/log/reader/chain_source.h"
#include "theater/replay/record.h"

#include <cstddef>
#include <variant>
#include <vector>

namespace theater {

namespace {

// Adds the event to an error.
Result<void> at(const replay::RecordedEvent& event, Result<void> taken) {
  if (taken) return taken;
  return Failure(std::move(taken).error().with_context(event.to_string()));
}

// A copy of an operation whose payloads are inline, unless their bytes were removed.
Result<log::Body> with_bytes(const replay::RecordedEvent& event) {
  std::vector<log::Payload> payloads;
  Result<void> read;
  log::for_each_payload(event.event.body, [&](const log::Payload& payload) {
    Result<std::optional<ByteView>> bytes = replay::payload_bytes(event, payload);
    if (!bytes && read) read = Failure(std::move(bytes).error());
    payloads.push_back(bytes && *bytes ? log::borrowed_payload(**bytes) : payload);
  });
  if (!read) return Failure(std::move(read).error());
  log::Body body = event.event.body;
  size_t next = 0;
  log::for_each_payload(body, [&](log::Payload& payload) { payload = payloads[next++]; });
  return body;
}

Result<Bytes> needed_bytes(const replay::RecordedEvent& event, const log::Payload& payload) {
  std::optional<ByteView> bytes = THEATER_TRY(replay::payload_bytes(event, payload));
  if (bytes) return to_bytes(*bytes);
  return fail(ErrorCode::kNotFound,
              "bytes of {} were removed from the log, and the actor's handlers need them to resume",
              event.to_string());
}

}  // namespace

Result<void> RecoveredHoldings::begin_after(const log::Event& event) {
  const auto* control = std::get_if<log::Control>(&event.body);
  if (control == nullptr || !std::holds_alternative<log::Held>(control->operation)) {
    return fail(ErrorCode::kCorrupt,
                "event {} ({}): it stands before a `snapshot`, and is no `held`", event.seq,
                log::body_name(event.body));
  }
  Result<void> taken = holdings_->accept(event.seq, event.body);
  if (taken) return {};
  return Failure(
      std::move(taken).error().with_context(fmt::format("event {} (control)", event.seq)));
}

Result<void> RecoveredHoldings::replayed(const replay::RecordedEvent& event) {
  if (holdings_->budget().reads_payloads(event.event.body)) {
    log::Body body = THEATER_TRY(with_bytes(event));
    return at(event, holdings_->accept(event.event.seq, body));
  }
  THEATER_TRY_VOID(at(event, holdings_->accept(event.event.seq, event.event.body)));
  return take_inputs(event);
}

// The results of effects and the parameters of calls come from outside of the guest, so that a
// replay does not compute them.
Result<void> RecoveredHoldings::take_inputs(const replay::RecordedEvent& event) {
  const log::Body& body = event.event.body;
  if (const auto* intent = std::get_if<log::Intent>(&body)) {
    effect_ = intent->function;
  } else if (const auto* outcome = std::get_if<log::Outcome>(&body)) {
    const auto* done = std::get_if<log::OutcomeDone>(&outcome->result);
    if (done == nullptr || !effect_ || !holdings_->takes(*effect_)) return {};
    Bytes result = THEATER_TRY(needed_bytes(event, done->value));
    holdings_->take_call(*effect_, {}, result);
  } else if (const auto* call = std::get_if<log::Call>(&body)) {
    if (!holdings_->takes_callback(call->function)) return {};
    Bytes params = THEATER_TRY(needed_bytes(event, call->arguments));
    holdings_->take_callback(call->function, params);
  }
  return {};
}

Result<void> RecoveredHoldings::computed(const replay::RecordedEvent& event, const log::Payload&,
                                         ByteView bytes) {
  const auto* host = std::get_if<log::Host>(&event.event.body);
  if (host == nullptr || !holdings_->takes(host->function)) return {};
  Bytes result = THEATER_TRY(needed_bytes(event, host->result));
  holdings_->take_call(host->function, bytes, result);
  return {};
}

Result<BudgetUse> read_budget_use(const log::LogReader& reader, const ActorId& actor,
                                  std::optional<uint64_t> end) {
  BudgetUse use;
  auto source = log::stored_chain(reader, actor, 0, log::OutputParts::kSaltOnly);
  auto take = [&](replay::RecordedEvent& read) -> Result<void> {
    THEATER_TRY_VOID(log::decode_event_in_place(read.bytes, read.event));
    if (!use.reads_payloads(read.event.body)) {
      return use.accept(read.event.seq, read.event.body);
    }
    log::Body body = THEATER_TRY(with_bytes(read));
    return use.accept(read.event.seq, body);
  };
  replay::RecordedEvent read;
  for (uint64_t seq = 0; !end || seq < *end; ++seq) {
    std::optional<log::SourcedEvent> sourced = THEATER_TRY(source->next());
    if (!sourced) break;
    read.bytes = std::move(sourced->bytes);
    read.bodies = std::move(sourced->bodies);
    if (Result<void> taken = take(read); !taken) {
      return Failure(std::move(taken).error().with_context(
          fmt::format("event {} of actor {}", seq, actor.to_string())));
    }
  }
  return use;
}

}  // namespace theater
