#include "theater/actor/cell/recorder.h"

#include "theater/base/check.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/event/held_budget.h"
#include "theater/log/event/message_rule.h"

#include <list>
#include <utility>
#include <vector>

namespace theater {

namespace {

// Numbers that budgets need, and nothing of a guest's: they must not get lost.
bool is_kept_inline(const log::Body& body) {
  const auto* control = std::get_if<log::Control>(&body);
  const auto* noted = control ? std::get_if<log::Noted>(&control->operation) : nullptr;
  return noted != nullptr && noted->what == log::kChildUsed;
}

}  // namespace

log::Durability recorded(Durability durability) {
  switch (durability) {
    case Durability::kMemory:
      return log::Durability::kMemory;
    case Durability::kAsync:
      return log::Durability::kAsync;
    case Durability::kSync:
      return log::Durability::kSync;
  }
  return log::Durability::kSync;
}

Recorder::Disk Recorder::disk(log::EventSink& log, log::ActorNumber actor,
                              const ManifestLog& wanted) {
  bool detach_all = wanted.detach == Detach::kAll;
  return {.log = log,
          .actor = actor,
          .durability = recorded(wanted.durability),
          .inline_bytes_max = detach_all ? 0 : kInlineBytesMax,
          .inputs_only = wanted.bodies == KeptBodies::kInputs};
}

log::EventRef Recorder::record(log::Body body, Payloads payloads) {
  count(body);
  if (holdings_ != nullptr) {
    Result<void> taken = holdings_->accept(next_seq(), body);
    THEATER_CHECK(taken.has_value(), "{}", taken.error().to_string());
  }
  log::EventRef event = disk_ ? record_on_disk(body, payloads) : chain_.append(body, time_us_);
  ByteView bytes = chain_.event(event.seq.value);
  counts_.bytes += bytes.size();
  if (whole_) whole_->add(bytes);
  return event;
}

void Recorder::count(const log::Body& body) {
  if (const auto* call = std::get_if<log::Call>(&body)) {
    bool is_message = std::holds_alternative<log::Sender>(call->from) ||
                      std::holds_alternative<log::FromClient>(call->from) ||
                      std::holds_alternative<log::NamedClient>(call->from);
    if (is_message) ++counts_.messages_in;
  } else if (const auto* sent = std::get_if<log::Sent>(&body)) {
    if (log::counts_as_message(sent->kind) &&
        std::holds_alternative<log::SentAccepted>(sent->result)) {
      ++counts_.messages_out;
    }
  }
}

log::EventRef Recorder::record_on_disk(log::Body& body, Payloads payloads) {
  // What is detached must live until the log has copied it. A list does not move its elements, and
  // costs nothing while it is empty, as it is for nearly every event.
  std::list<log::Payload> kept;
  std::vector<log::DetachedBody> bodies;
  if (is_kept_inline(body)) return append_to_disk(body, bodies);
  uint64_t inline_max = payloads == Payloads::kRemovable ? 0 : disk_->inline_bytes_max;
  size_t ordinal = 0;
  log::for_each_payload(body, [&](log::Payload& payload) {
    size_t mine = ordinal++;
    if (log::payload_length(payload) <= inline_max) return;
    const log::Payload& original = kept.emplace_back(std::move(payload));
    ByteView bytes = log::inline_bytes(original)->view();
    log::Salt salt = disk_->log.make_salt();
    payload = log::Detached{log::detached_hash(salt, bytes), bytes.size()};
    bodies.push_back({salt, bytes, log::body_use(body, mine, disk_->inputs_only)});
    counts_.bytes += bytes.size();
  });
  return append_to_disk(body, bodies);
}

log::EventRef Recorder::append_to_disk(const log::Body& body,
                                       std::span<const log::DetachedBody> bodies) {
  log::EventRef event = chain_.append(body, time_us_);
  disk_->log.append(disk_->actor, chain_.event(event.seq.value), event.hash, bodies,
                    disk_->durability);
  return event;
}

}  // namespace theater
