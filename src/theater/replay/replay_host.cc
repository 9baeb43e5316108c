#include "theater/replay/replay_host.h"

#include "theater/base/check.h"
#include "theater/replay/divergence.h"

#include <utility>
#include <variant>

namespace theater::replay {

using engine::HostAnswer;

HostAnswer ReplayHost::call(uint32_t function, ByteView args, Bytes& result) {
  THEATER_CHECK(function < imports_.imports.size(), "a guest calls function {} of {}", function,
                imports_.imports.size());
  if (failure_ || released_) return HostAnswer::kTrap;
  Result<Answer> found = answer(imports_.imports[function], args, result);
  if (found) return *found;
  failure_ = std::move(found).error();
  result = to_bytes(std::string_view("the replay ends here"));
  return HostAnswer::kTrap;
}

Result<HostAnswer> ReplayHost::answer(const FittedImport& import, ByteView args, Bytes& result) {
  const RecordedEvent* event = THEATER_TRY(chain_.copy_floating());
  if (event == nullptr) {
    Act recorded;
    recorded.what = "nothing: the record has ended";
    Act replayed{
        Act::Kind::kHostCall, "called " + import.name, import.name, to_bytes(args), {}, {}};
    return chain_.diverge("event", std::move(recorded), std::move(replayed));
  }
  Made made{*event, import, args, result};
  return std::visit([&](const auto& body) { return answer_as(made, body); }, event->event.body);
}

// The guest calls where the record has something that is no call.
template <class Body>
Result<HostAnswer> ReplayHost::answer_as(const Made& made, const Body&) {
  return chain_.diverge("event", act_of(made.event, imports_.functions, {}), act_of_call(made));
}

Result<HostAnswer> ReplayHost::answer_as(const Made& made, const log::Host& body) {
  log::Payload args = THEATER_TRY(check_call(made, body.function, body.arguments));
  return answer_with(made.event, body.result,
                     log::Host{made.import.index, std::move(args), body.result}, made.result);
}

Result<HostAnswer> ReplayHost::answer_as(const Made& made, const log::Note& body) {
  log::Payload args = THEATER_TRY(check_call(made, body.function, body.arguments));
  bool wanted = THEATER_TRY(continues());
  if (!made.import.can_be_note()) {
    Act replayed = act_of_call(made);
    replayed.text = "a result that only a handler knows";
    Act recorded = act_of(made.event, imports_.functions, {});
    recorded.text = "none, ok, or one that follows from the chain";
    return chain_.diverge("result", std::move(recorded), std::move(replayed));
  }
  if (wanted && made.import.type->result) {
    made.result = made.import.computed == nullptr
                      ? Bytes{0}
                      : made.import.computed->compute(chain_.chain(), payload_bytes_max_);
  }
  THEATER_TRY_VOID(chain_.append(log::Note{made.import.index, std::move(args)}));
  return wanted ? HostAnswer::kDone : release(made.result);
}

Result<HostAnswer> ReplayHost::answer_as(const Made& made, const log::Refused& body) {
  log::Payload args = THEATER_TRY(check_call(made, body.function, body.arguments));
  log::Refused own{made.import.index, std::move(args), body.why, body.result};
  if (const auto* value = std::get_if<log::RefusedValue>(&body.result)) {
    return answer_with(made.event, value->value, own, made.result);
  }
  bool wanted = THEATER_TRY(continues());
  THEATER_TRY_VOID(chain_.append(own));
  if (!wanted) return release(made.result);
  made.result = to_bytes(std::string_view("refused, as recorded"));
  return HostAnswer::kTrap;
}

Result<HostAnswer> ReplayHost::answer_as(const Made& made, const log::Intent& body) {
  log::Payload args = THEATER_TRY(check_call(made, body.function, body.arguments));
  uint64_t intent = made.event.event.seq;
  THEATER_TRY_VOID(chain_.append(log::Intent{made.import.index, std::move(args)}));
  return answer_outcome(intent, made.result);
}

Result<HostAnswer> ReplayHost::answer_as(const Made& made, const log::Sent& body) {
  log::Payload args = THEATER_TRY(check_call(made, body.function, body.arguments));
  uint64_t seq = made.event.event.seq;
  log::Sent own{made.import.index, std::move(args), body.kind, body.to, body.about, body.result};
  if (const auto* failed = std::get_if<log::SentFailed>(&body.result)) {
    return answer_with(made.event, failed->value, own, made.result);
  }
  if (wants_answer(body.kind)) {
    THEATER_TRY_VOID(chain_.append(own));
    return answer_answered(seq, made.result);
  }
  bool wanted = THEATER_TRY(continues());
  THEATER_TRY_VOID(chain_.append(own));
  if (!wanted) return release(made.result);
  made.result.assign(1, 0);
  return HostAnswer::kDone;
}

Result<HostAnswer> ReplayHost::answer_outcome(uint64_t intent, Bytes& result) {
  const RecordedEvent* event = THEATER_TRY(chain_.copy_floating());
  // Without an outcome the record ends here.
  if (event == nullptr) return release(result);
  const auto* outcome = std::get_if<log::Outcome>(&event->event.body);
  if (outcome == nullptr) {
    Act replayed;
    replayed.what = fmt::format("waits for the outcome of event {}", intent);
    return chain_.diverge("event", act_of(*event, imports_.functions, {}), std::move(replayed));
  }
  const log::Payload* value = std::visit(
      []<class T>(const T& how) -> const log::Payload* {
        if constexpr (std::is_same_v<T, log::OutcomeDone>) {
          return &how.value;
        } else {
          return how.value ? &*how.value : nullptr;
        }
      },
      outcome->result);
  if (value != nullptr) return answer_with(*event, *value, event->event.body, result);
  if (THEATER_TRY(continues())) {
    Act recorded = act_of(*event, imports_.functions, {});
    recorded.what += " without an answer, and continues";
    Act replayed;
    replayed.what = fmt::format("waits for the outcome of event {}", intent);
    return chain_.diverge("event", std::move(recorded), std::move(replayed));
  }
  THEATER_TRY_VOID(chain_.copy());
  return release(result);
}

Result<HostAnswer> ReplayHost::answer_answered(uint64_t sent, Bytes& result) {
  for (;;) {
    const RecordedEvent* event = THEATER_TRY(chain_.next());
    if (event == nullptr) return release(result);
    const auto* answered = std::get_if<log::Answered>(&event->event.body);
    if (answered != nullptr && answered->sent == sent) {
      return answer_with(*event, answered->result, event->event.body, result);
    }
    switch (role_of(event->event.body)) {
      case Role::kFloats:
        // An answer to an earlier request among them: it comes too late for the guest.
        THEATER_TRY_VOID(chain_.copy());
        break;
      case Role::kOther:
        return release(result);
      case Role::kGuest:
      case Role::kCall: {
        Act replayed;
        replayed.what = fmt::format("waits for the answer to event {}", sent);
        return chain_.diverge("event", act_of(*event, imports_.functions, {}), std::move(replayed));
      }
    }
  }
}

Result<log::Payload> ReplayHost::check_call(const Made& made, uint32_t function,
                                            const log::Payload& arguments) {
  if (function != made.import.index) {
    return chain_.diverge("function", act_of(made.event, imports_.functions, {}),
                          act_of_call(made));
  }
  if (!THEATER_TRY(chain_.is_same(made.event, arguments, made.args, "arguments"))) {
    return chain_.diverge("arguments", act_of(made.event, imports_.functions, {}),
                          act_of_call(made));
  }
  return ReplayChain::payload_like(arguments, made.args);
}

Result<HostAnswer> ReplayHost::answer_with(const RecordedEvent& event, const log::Payload& value,
                                           const log::Body& body, Bytes& result) {
  bool wanted = THEATER_TRY(continues());
  if (wanted) {
    ByteView bytes = THEATER_TRY(chain_.input(event, value, "result"));
    result.assign(bytes.begin(), bytes.end());
  }
  THEATER_TRY_VOID(chain_.append(body));
  return wanted ? HostAnswer::kDone : release(result);
}

Result<bool> ReplayHost::continues() {
  std::optional<Role> role = THEATER_TRY(chain_.role_ahead(1));
  return role == Role::kGuest || role == Role::kCall;
}

HostAnswer ReplayHost::release(Bytes& result) {
  released_ = true;
  result = to_bytes(std::string_view("the record has no further part for this instance"));
  return HostAnswer::kTrap;
}

Act ReplayHost::act_of_call(const Made& made) const {
  return {Act::Kind::kHostCall,
          "called " + made.import.name,
          made.import.name,
          to_bytes(made.args),
          {},
          {}};
}

}  // namespace theater::replay
