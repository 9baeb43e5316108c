#include "theater/runtime/once_table.h"

#include "theater/base/check.h"

#include <string>

namespace theater {

namespace {

constexpr auto kKeptUs = static_cast<uint64_t>(OnceTable::kKept.count());

// Of the parts of an answer that clients and guests make, and a bound for the rest.
size_t bytes_of(const OnceAnswer& answer) {
  constexpr size_t kRest = 256;
  if (const auto* reply = std::get_if<Result<ClientReply>>(&answer)) {
    if (!*reply) return kRest + reply->error().to_string().size();
    return kRest + ((*reply)->answer ? (*reply)->answer->size() : (*reply)->answer.error().size());
  }
  const auto& report = std::get<Result<SpawnReport>>(answer);
  if (!report) return kRest + report.error().to_string().size() + report.error().hint().size();
  size_t bytes = kRest;
  for (const std::string& warning : report->warnings)
    bytes += warning.size();
  return bytes;
}

OnceFailure other_request() {
  return {Error(ErrorCode::kInvalidArgument,
                "this Idempotency-Key was used for another request; a retry does not help")
              .with_hint("send a new key with a new request"),
          OnceRefusal::kOtherRequest};
}

OnceFailure still_running() {
  return {Error(ErrorCode::kUnavailable,
                "the first request with this Idempotency-Key has no outcome yet"),
          OnceRefusal::kRunning};
}

OnceFailure not_ready() {
  return {Error(ErrorCode::kUnavailable,
                "the node still reads the keys of the last 24 hours from its log"),
          OnceRefusal::kNotReady};
}

Error full() {
  return {ErrorCode::kResourceExhausted,
          "the node has too many idempotency keys of the last 24 hours; it forgets none of them"};
}

}  // namespace

void OnceTable::load(const std::vector<log::OnceRecord>& records, uint64_t now_us) {
  state_.with([&](State& state) {
    for (const log::OnceRecord& record : records) {
      Entry& entry = state.entries[record.once.key];
      // A key that had expired may have been used again.
      if (entry.done && entry.time_us >= record.time) continue;
      if (entry.done) state.by_time.erase({entry.time_us, record.once.key});
      entry = {.request = record.once.request,
               .time_us = record.time,
               .done = OnceDone{record.actor, record.seq, record.event},
               .log_has_answer = true};
      state.by_time.emplace(record.time, record.once.key);
    }
    state.is_ready = true;
    forget_old(state, now_us);
  });
}

void OnceTable::refuse_all(Error why) {
  state_.with([&](State& state) { state.failure = std::move(why); });
}

OnceTable::Claim OnceTable::claim(const log::Once& once, uint64_t now_us) {
  return state_.with([&](State& state) -> Claim {
    if (state.failure) {
      return OnceFailure(Error(ErrorCode::kUnavailable,
                               "the node cannot read the keys of the last 24 hours from its log: " +
                                   state.failure->to_string())
                             .with_hint(state.failure->hint()));
    }
    if (!state.is_ready) return not_ready();
    forget_old(state, now_us);
    auto found = state.entries.find(once.key);
    if (found == state.entries.end()) {
      if (state.entries.size() >= entries_max_) return OnceFailure(full());
      state.entries.emplace(once.key,
                            Entry{.request = once.request, .time_us = now_us, .is_running = true});
      return First();
    }
    const Entry& entry = found->second;
    if (entry.request != once.request) return other_request();
    if (entry.is_running) return still_running();
    return *entry.done;
  });
}

void OnceTable::called(const Hash& key, const ActorId& actor, const RecordedCall& call) {
  state_.with([&](State& state) {
    Entry& entry = state.entries.at(key);
    entry.done = OnceDone{actor, call.seq, call.hash};
    entry.log_has_answer = call.keeps_answer;
  });
}

void OnceTable::finish(const Hash& key, std::shared_ptr<const OnceAnswer> answer) {
  state_.with([&](State& state) {
    auto found = state.entries.find(key);
    THEATER_CHECK(found != state.entries.end() && found->second.is_running,
                  "a key was finished without a claim");
    Entry& entry = found->second;
    if (!entry.done) {
      state.entries.erase(found);
      return;
    }
    entry.is_running = false;
    state.by_time.emplace(entry.time_us, key);
    if (entry.log_has_answer || answer == nullptr) return;
    size_t bytes = bytes_of(*answer);
    if (state.answer_bytes + bytes > answer_bytes_max_) return;
    state.answer_bytes += bytes;
    entry.done->answer = std::move(answer);
  });
}

void OnceTable::forget_old(State& state, uint64_t now_us) {
  while (!state.by_time.empty() && state.by_time.begin()->first + kKeptUs <= now_us) {
    auto entry = state.entries.find(state.by_time.begin()->second);
    if (entry->second.done->answer) state.answer_bytes -= bytes_of(*entry->second.done->answer);
    state.entries.erase(entry);
    state.by_time.erase(state.by_time.begin());
  }
}

size_t OnceTable::size() const {
  return state_.with([](const State& state) { return state.entries.size(); });
}

}  // namespace theater
