#include "theater/log/event/grammar.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::log {

namespace {

constexpr std::string_view kInitName = "theater:simple/actor/init";

// What may stand anywhere in an actor's life does not end the wait of a `refused` for its `failed`.
template <class T>
constexpr bool kFloats =
    std::is_same_v<T, Control> || std::is_same_v<T, Child> || std::is_same_v<T, ChildEnded> ||
    std::is_same_v<T, Discarded> || std::is_same_v<T, Answered>;

}  // namespace

std::string_view ChainGrammar::phase_text() const {
  switch (phase_) {
    case Phase::kEmpty:
      return "at the beginning";
    case Phase::kBegun:
      return "before the first `instance`";
    case Phase::kSnapshot:
      return "after `snapshot`, which wants an `instance`";
    case Phase::kStarting:
      return "before the first `call` of an instance";
    case Phase::kInCall:
      return "during a call";
    case Phase::kIdle:
      return "between calls";
    case Phase::kFailed:
      return "after `failed`, where only `instance` or `terminated` may follow";
    case Phase::kTerminated:
      return "after `terminated`, where nothing may follow";
  }
  return "nowhere";
}

// A `refused` that could not be answered ends the instance.
Failure ChainGrammar::no_place_before_failed(std::string_view name) {
  return fail(ErrorCode::kCorrupt,
              "`{}` after a `refused` that could not be answered, which wants `failed`", name);
}

Failure ChainGrammar::misplaced(std::string_view name) const {
  return fail(ErrorCode::kCorrupt, "`{}` cannot stand {}", name, phase_text());
}

ChainGrammar ChainGrammar::between_calls(const Instance& instance) {
  ChainGrammar life;
  life.phase_ = Phase::kIdle;
  life.functions_ = FunctionTable::from_names(instance.functions);
  // A node that was lost directly after the `snapshot` resumes with another incarnation.
  bool keeps = instance.why == InstanceReason::kSnapshot;
  life.incarnation_ = keeps ? instance.incarnation : instance.incarnation - 1;
  life.had_instance_ = true;
  life.last_ = Last::kHeld;
  return life;
}

Result<void> ChainGrammar::accept(uint64_t seq, const Body& body) {
  if (phase_ == Phase::kTerminated) return misplaced(body_name(body));
  if (phase_ == Phase::kEmpty && !std::holds_alternative<Genesis>(body)) {
    return fail(ErrorCode::kCorrupt, "a chain begins with `genesis`, not with `{}`",
                body_name(body));
  }
  const auto* control = std::get_if<Control>(&body);
  if (is_node_ && control == nullptr) {
    return fail(ErrorCode::kCorrupt, "`{}` cannot stand in the chain of a node", body_name(body));
  }
  auto accept_one = [&]<class T>(const T& alternative) -> Result<void> {
    if (trap_due_ && !kFloats<T> && !std::is_same_v<T, Failed>) {
      return no_place_before_failed(T::kCaseName);
    }
    return accept_body(seq, alternative);
  };
  Result<void> accepted = std::visit(accept_one, body);
  if (!accepted) return accepted;
  bool is_held = control != nullptr && std::holds_alternative<Held>(control->operation);
  bool is_genesis = std::holds_alternative<Genesis>(body);
  last_ = is_held ? Last::kHeld : is_genesis ? Last::kGenesis : Last::kOther;
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Genesis& body) {
  if (phase_ != Phase::kEmpty) return misplaced(body.kCaseName);
  if (body.log_version != kLogVersion) {
    std::string_view advice =
        body.log_version == 1
            ? ". Logs of version 1 were never released: keep this one with the program that wrote "
              "it, or move it away and begin a new one"
            : "";
    return fail(ErrorCode::kCorrupt,
                "`genesis` is of log version {}, and this program knows "
                "version {}{}",
                body.log_version, kLogVersion, advice);
  }
  is_node_ = !body.manifest;
  has_parent_ = body.parent.has_value();
  if (is_node_ && has_parent_) {
    return fail(ErrorCode::kCorrupt, "`genesis` has a parent, but no manifest");
  }
  phase_ = Phase::kBegun;
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Snapshot& body) {
  bool between_calls = phase_ == Phase::kStarting || phase_ == Phase::kIdle;
  if (!between_calls) return misplaced(body.kCaseName);
  THEATER_TRY_VOID(check_no_open_intent());
  if (last_ != Last::kHeld) {
    return fail(ErrorCode::kCorrupt, "`snapshot` does not stand directly after a `held`");
  }
  phase_ = Phase::kSnapshot;
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t seq, const Instance& body) {
  if (phase_ == Phase::kInCall) return misplaced(body.kCaseName);
  THEATER_TRY_VOID(check_no_open_intent());
  bool first = !had_instance_;
  if (first != (body.why == InstanceReason::kStart)) {
    return fail(
        ErrorCode::kCorrupt, "`instance` {}",
        first ? "is the first, but does not say `start`" : "says `start`, but is not the first");
  }
  bool keeps = body.why == InstanceReason::kSnapshot;
  if (keeps && phase_ != Phase::kSnapshot) {
    return fail(ErrorCode::kCorrupt, "`instance` says `snapshot`, but no `snapshot` is before it");
  }
  if (body.why == InstanceReason::kUpdate && !had_update_) {
    return fail(ErrorCode::kCorrupt,
                "`instance` says `update`, but no `updated` came after the last `instance`");
  }
  uint64_t wanted = first || keeps ? incarnation_ : incarnation_ + 1;
  if (body.incarnation != wanted) {
    return fail(ErrorCode::kCorrupt, "`instance` has incarnation {}, expected {}", body.incarnation,
                wanted);
  }
  Result<FunctionTable> table = FunctionTable::from_recorded(body.functions);
  if (!table) {
    return fail(ErrorCode::kCorrupt, "`instance`: {}", table.error().message());
  }
  functions_ = *std::move(table);
  incarnation_ = wanted;
  if (!keeps) instance_seq_ = seq;
  had_instance_ = true;
  had_update_ = false;
  init_due_ = body.init_runs;
  phase_ = Phase::kStarting;
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Call& body) {
  if (phase_ != Phase::kStarting && phase_ != Phase::kIdle) {
    return misplaced(body.kCaseName);
  }
  THEATER_TRY_VOID(check_function(body.function));
  THEATER_TRY_VOID(check_no_open_intent());
  THEATER_TRY_VOID(check_no_old_request());
  if (std::exchange(init_due_, false) && functions_.name(body.function) != kInitName) {
    return fail(ErrorCode::kCorrupt, "the first `call` of this instance is of `{}`, not of `{}`",
                functions_.name(body.function), kInitName);
  }
  phase_ = Phase::kInCall;
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Returned& body) {
  if (phase_ != Phase::kInCall) return misplaced(body.kCaseName);
  THEATER_TRY_VOID(check_no_open_intent());
  if (std::holds_alternative<CallError>(body.result) &&
      !std::holds_alternative<StateUnchanged>(body.state)) {
    return fail(ErrorCode::kCorrupt, "`returned` is an error and changes the state");
  }
  phase_ = Phase::kIdle;
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Failed& body) {
  if (phase_ != Phase::kInCall && phase_ != Phase::kStarting) {
    return misplaced(body.kCaseName);
  }
  THEATER_TRY_VOID(check_no_open_intent());
  trap_due_ = false;
  phase_ = Phase::kFailed;
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Terminated& body) {
  if (phase_ == Phase::kInCall || phase_ == Phase::kSnapshot) {
    return misplaced(body.kCaseName);
  }
  THEATER_TRY_VOID(check_no_open_intent());
  if (!open_requests_.empty()) {
    return fail(ErrorCode::kCorrupt, "`terminated` while the request of event {} has no answer",
                *open_requests_.begin());
  }
  phase_ = Phase::kTerminated;
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Host& body) {
  return check_io(body.function);
}

Result<void> ChainGrammar::accept_body(uint64_t, const Note& body) {
  return check_io(body.function);
}

Result<void> ChainGrammar::accept_body(uint64_t, const Refused& body) {
  THEATER_TRY_VOID(check_io(body.function));
  trap_due_ = std::holds_alternative<RefusedTrap>(body.result);
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t seq, const Intent& body) {
  THEATER_TRY_VOID(check_io(body.function));
  open_intents_.insert(seq);
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Outcome& body) {
  if (open_intents_.erase(body.intent) == 0) {
    return fail(ErrorCode::kCorrupt, "`outcome` of event {}, which is not an open `intent`",
                body.intent);
  }
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t seq, const Sent& body) {
  THEATER_TRY_VOID(check_io(body.function));
  bool accepted = std::holds_alternative<SentAccepted>(body.result);
  if (accepted && std::holds_alternative<ToNobody>(body.to)) {
    return fail(ErrorCode::kCorrupt, "`sent` to nobody was accepted");
  }
  if (accepted && wants_answer(body.kind)) open_requests_.insert(seq);
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Answered& body) {
  if (open_requests_.erase(body.sent) == 0) {
    return fail(ErrorCode::kCorrupt, "`answered` for event {}, which is not an open request",
                body.sent);
  }
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Child&) {
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const ChildEnded&) {
  return {};
}

Result<void> ChainGrammar::accept_body(uint64_t, const Discarded&) {
  return {};
}

Result<void> ChainGrammar::check_io(uint32_t function) const {
  if (phase_ != Phase::kInCall && phase_ != Phase::kStarting) {
    return fail(ErrorCode::kCorrupt, "the guest calls a function {}", phase_text());
  }
  return check_function(function);
}

Result<void> ChainGrammar::check_function(uint32_t function) const {
  if (functions_.contains(function)) return {};
  return fail(ErrorCode::kCorrupt, "function {} of a table of {}", function, functions_.size());
}

Result<void> ChainGrammar::check_no_open_intent() const {
  if (open_intents_.empty()) return {};
  return fail(ErrorCode::kCorrupt, "the `intent` of event {} has no `outcome` before it",
              *open_intents_.begin());
}

// A request ends with the instance that made it, so that no answer can reach a stranger.
Result<void> ChainGrammar::check_no_old_request() const {
  if (open_requests_.empty() || *open_requests_.begin() >= instance_seq_) return {};
  return fail(ErrorCode::kCorrupt,
              "`call` while the request of event {}, made by an earlier instance, has no answer",
              *open_requests_.begin());
}

}  // namespace theater::log
