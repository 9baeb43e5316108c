#include "theater/replay/replayer.h"

#include "theater/actor/cell/failure.h"
#include "theater/actor/messaging/call_result.h"
#include "theater/base/check.h"
#include "theater/wit/traits.h"

#include <utility>
#include <variant>

namespace theater::replay {

namespace {

constexpr uint64_t kProgressEvery = 1000;

Act other_act(std::string what) {
  return {Act::Kind::kOther, std::move(what), {}, {}, {}, {}};
}

}  // namespace

Replayer::Replayer(log::ChainSource& source, Components& components, const Options& options)
    : components_(components),
      options_(options),
      record_(options.beginning ? Record(source, options.until, options.beginning->chain.position(),
                                         options.beginning->life)
                                : Record(source, options.until)),
      chain_(record_, findings_, options.beginning ? options.beginning->chain : log::Chain(),
             options.listener) {
  if (!options.beginning) return;
  report_.actor = options.beginning->actor;
  report_.name = options.beginning->name;
  state_ = options.beginning->state;
}

Result<Report> Replayer::run() {
  Result<void> walked = walk();
  // What was found counts; the failure only says that something was.
  if (!walked && !findings_.stopped()) return Failure(std::move(walked).error());
  return report();
}

Result<void> Replayer::walk() {
  while (const RecordedEvent* event = THEATER_TRY(chain_.next())) {
    THEATER_TRY_VOID(
        std::visit([&](const auto& body) { return step(*event, body); }, event->event.body));
    if (options_.progress && chain_.events() >= progress_ + kProgressEvery) {
      progress_ = chain_.events();
      options_.progress(progress_);
    }
  }
  return {};
}

Result<void> Replayer::step(const RecordedEvent&, const log::Genesis& body) {
  report_.actor = body.actor;
  report_.name = body.name;
  return chain_.copy();
}

Result<void> Replayer::step(const RecordedEvent& event, const log::Call& body) {
  THEATER_CHECK(running_ != nullptr && running_->guest != nullptr, "a call without an instance");
  ImportMap::Export function = THEATER_TRY(find_export(event, body.function));
  bool entered = THEATER_TRY(chain_.role_ahead(1)) == Role::kGuest;
  if (entered) {
    // The instance was ready before the call, and is made no sooner than it must be.
    if (!running_->instantiated) THEATER_TRY_VOID(instantiate());
    ByteView params = THEATER_TRY(chain_.input(event, body.arguments, "arguments"));
    write_call_arguments(args_, state_, params);
  }
  call_seq_ = event.event.seq;
  call_ = functions().name(body.function);
  in_call_ = true;
  THEATER_TRY_VOID(chain_.copy());
  ++report_.calls;
  if (!entered) return {};
  running_->guest->call(function.number, args_);
  switch (THEATER_TRY(resume())) {
    case End::kDone:
      return finish_call();
    case End::kTrapped:
      return finish_trapped();
    case End::kReleased:
      break;
  }
  return {};
}

Result<void> Replayer::step(const RecordedEvent& event, const log::Snapshot& body) {
  log::Snapshot own = body;
  own.state = log::NoState{};
  if (state_) own.state = log::SomeState{log::content_of(*state_)};
  if (own.state != body.state) {
    Act recorded = act_of(event, functions(), call_);
    recorded.text = describe_state(body.state);
    Act replayed = recorded;
    replayed.text = describe_state(state_);
    return chain_.diverge("state", std::move(recorded), std::move(replayed));
  }
  return chain_.append(own);
}

Result<void> Replayer::step(const RecordedEvent& event, const log::Failed& body) {
  if (std::holds_alternative<log::FailedTrap>(body.why)) {
    return chain_.diverge("event", act_of(event, functions(), call_),
                          other_act("nothing: no guest is running here"));
  }
  in_call_ = false;
  drop_guest();
  return chain_.copy();
}

Result<void> Replayer::step(const RecordedEvent&, const log::Terminated&) {
  drop_guest();
  report_.ended = true;
  return chain_.copy();
}

template <class Body>
Result<void> Replayer::step(const RecordedEvent& event, const Body&) {
  if (role_of(event.event.body) == Role::kFloats) return chain_.copy();
  return chain_.diverge("event", act_of(event, functions(), call_),
                        other_act("nothing: no guest is running here"));
}

Result<ImportMap::Export> Replayer::find_export(const RecordedEvent& event, uint32_t function) {
  std::optional<ImportMap::Export> found = running_->imports.exports[function];
  if (found && found->callable) return *found;
  Act recorded = act_of(event, functions(), call_);
  const char* why = found ? "exports it with a type that cannot be called" : "does not export it";
  Act replayed = other_act(why);
  replayed.function = recorded.function;
  return chain_.diverge("function", std::move(recorded), std::move(replayed));
}

Result<Replayer::End> Replayer::resume() {
  engine::Progress progress = engine::Progress::kYielded;
  while (progress == engine::Progress::kYielded)
    progress = running_->guest->resume();
  THEATER_CHECK(progress != engine::Progress::kWaiting, "every call of a replay is answered");
  if (running_->host->failure()) return Failure(Error(*running_->host->failure()));
  if (running_->host->released()) {
    drop_guest();
    return End::kReleased;
  }
  return progress == engine::Progress::kDone ? End::kDone : End::kTrapped;
}

Result<void> Replayer::finish_call() {
  const RecordedEvent* event = THEATER_TRY(chain_.copy_floating());
  THEATER_CHECK(event != nullptr, "a guest was run past the end of the record");
  ByteView returned = running_->guest->result();
  if (const auto* recorded = std::get_if<log::Returned>(&event->event.body)) {
    THEATER_TRY_VOID(compare_return(*event, *recorded, returned));
    in_call_ = false;
    return {};
  }
  CallReturn read = read_call_return(returned);
  Act replayed = other_act(read.is_error ? "returned an error" : "returned");
  replayed.kind = read.is_error ? Act::Kind::kError : Act::Kind::kReturn;
  replayed.function = call_;
  replayed.result = to_bytes(read.is_error ? read.error : read.results);
  return chain_.diverge("event", act_of(*event, functions(), call_), std::move(replayed));
}

Result<void> Replayer::compare_return(const RecordedEvent& event, const log::Returned& recorded,
                                      ByteView returned) {
  CallReturn read = read_call_return(returned);
  log::Returned own = returned_body(read, state_);
  auto diverge = [&](std::string field, std::string recorded_text, std::string replayed_text) {
    Act replayed = other_act(read.is_error ? "returned an error" : "returned");
    replayed.kind = read.is_error ? Act::Kind::kError : Act::Kind::kReturn;
    replayed.function = call_;
    replayed.result = to_bytes(read.is_error ? read.error : read.results);
    replayed.text = std::move(replayed_text);
    Act act = act_of(event, functions(), call_);
    act.text = std::move(recorded_text);
    // The state must be that of the last event that agrees: the call's arguments begin with it.
    wit::ByteReader reader(args_);
    state_ = wit::decode_from<std::optional<Bytes>>(reader).value_or(std::nullopt);
    return chain_.diverge(std::move(field), std::move(act), std::move(replayed));
  };
  if (own.result.index() != recorded.result.index()) return diverge("result", {}, {});
  const log::Payload& payload = std::visit(
      [](const auto& result) -> const log::Payload& { return result.value; }, recorded.result);
  ByteView computed = read.is_error ? read.error : read.results;
  if (!THEATER_TRY(chain_.is_same(event, payload, computed, "result"))) {
    return diverge("result", {}, {});
  }
  if (own.state != recorded.state) {
    std::string now = describe_change(own.state);
    if (std::holds_alternative<log::StateSet>(own.state)) now = describe_state(state_);
    return diverge("state", describe_change(recorded.state), std::move(now));
  }
  std::visit([&](auto& result) { result.value = ReplayChain::payload_like(payload, computed); },
             own.result);
  return chain_.append(own);
}

Result<void> Replayer::finish_trapped() {
  engine::Trap trap = running_->guest->trap();
  if (trap.code == engine::TrapCode::kHostShortage) {
    return fail(ErrorCode::kResourceExhausted, "the replay ran short of something: {}",
                trap.message);
  }
  const RecordedEvent* event = THEATER_TRY(chain_.copy_floating());
  THEATER_CHECK(event != nullptr, "a guest was run past the end of the record");
  log::Failed own{failure_cause(trap.code)};
  const auto* recorded = std::get_if<log::Failed>(&event->event.body);
  if (recorded == nullptr || recorded->why != own.why) {
    std::string field = recorded == nullptr ? "event" : "trap";
    return chain_.diverge(std::move(field), act_of(*event, functions(), call_), act_of_trap(trap));
  }
  THEATER_TRY_VOID(chain_.append(own));
  in_call_ = false;
  drop_guest();
  return {};
}

Act Replayer::act_of_trap(const engine::Trap& trap) const {
  std::string what = fmt::format("trapped: {}", engine::trap_code_name(trap.code));
  if (trap.code == engine::TrapCode::kCpuLimit) {
    what += fmt::format(": it was running for {} ticks, ten times the recorded limit",
                        replayed_ticks(running_->limits));
  } else if (!trap.message.empty()) {
    what += ": " + trap.message;
  }
  return other_act(std::move(what));
}

void Replayer::drop_guest() {
  if (running_ == nullptr) return;
  running_->guest.reset();
  running_->host.reset();
}

const log::FunctionTable& Replayer::functions() const {
  static const log::FunctionTable kNone;
  return running_ == nullptr ? kNone : running_->imports.functions;
}

}  // namespace theater::replay
