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
  return at(event, holdings_->accept(event.event.seq, event.event.body));
}

Result<void> RecoveredHoldings::computed(const replay::RecordedEvent& event, const log::Payload&,
                                         ByteView bytes) {
  const auto* host = std::get_if<log::Host>(&event.event.body);
  if (host == nullptr || !holdings_->takes(host->function)) return {};
  std::optional<ByteView> result = THEATER_TRY(replay::payload_bytes(event, host->result));
  if (!result) {
    return fail(ErrorCode::kNotFound, "the result of {} was removed from the log",
                event.to_string());
  }
  holdings_->take_call(host->function, bytes, *result);
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
