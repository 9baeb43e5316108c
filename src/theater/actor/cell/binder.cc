#include "theater/actor/cell/binder.h"

#include "theater/actor/cell/binder_results.h"
#include "theater/actor/cell/children.h"
#include "theater/actor/cell/limit_keeper.h"
#include "theater/base/check.h"
#include "theater/base/log.h"
#include "theater/base/utf8.h"
#include "theater/log/event/chain_functions.h"
#include "theater/log/event/disk_use.h"
#include "theater/manifest/permission_gap.h"
#include "theater/wit/traits.h"

#include <utility>

namespace theater {

using engine::HostAnswer;

namespace {

// Bytes of a refusal in the node's log.
constexpr size_t kRefusalTextMax = 1000;

template <class... Fn>
struct Overloaded : Fn... {
  using Fn::operator()...;
};
template <class... Fn>
Overloaded(Fn...) -> Overloaded<Fn...>;

log::DiskUse disk_use(const HostFunction& host, size_t arguments_bytes) {
  bool may_write = host.effect == EffectClass::kEffect || host.effect == EffectClass::kInternal;
  if (!may_write) return {};
  return log::disk_use_of_call(host.name.interface, host.name.name, arguments_bytes);
}

Recorder::Payloads payloads_of(const HostFunction& host) {
  return host.is_removable ? Recorder::Payloads::kRemovable : Recorder::Payloads::kBySize;
}

}  // namespace

Binder::Binder(Parts parts, std::vector<std::unique_ptr<Session>> sessions)
    : services_(parts.services),
      routes_(parts.services.router),
      recorder_(parts.recorder),
      output_(parts.output),
      open_requests_(parts.open_requests),
      channels_(parts.channels),
      limits_(parts.limits),
      children_(parts.children),
      holdings_(parts.holdings),
      self_(parts.self),
      common_(parts.common),
      binding_(*parts.common.binding),
      durability_(parts.self.durability()),
      sessions_(std::move(sessions)),
      next_call_(parts.next_call) {
  THEATER_CHECK(sessions_.size() == binding_.handlers.size());
}

Binder::~Binder() = default;

bool Binder::too_large(ByteView result) const {
  return result.size() > limits_.payload_bytes_max();
}

HostAnswer Binder::call(uint32_t function, ByteView args, Bytes& result) {
  return dispatch(function, args, result, nullptr);
}

HostAnswer Binder::call_waiting(uint32_t function, ByteView args, Bytes& result,
                                engine::Completion& completion) {
  return dispatch(function, args, result, &completion);
}

HostAnswer Binder::dispatch(uint32_t function, ByteView args, Bytes& result,
                            engine::Completion* completion) {
  THEATER_CHECK(function < binding_.imports.size());
  THEATER_CHECK(!pending_, "a guest that waits has called again");
  const BoundImport& import = binding_.imports[function];
  const HostFunction& host = *import.function;
  THEATER_CHECK(host.waits() == (completion != nullptr), "{}", host.name.to_string());
  if (Refusal why = refusal(import, args)) {
    report_refusal(host, *why);
    std::string text = "Permission denied: " + *why;
    return refuse(import, args, log::RefusedPermission{*std::move(why)}, text, result);
  }
  if (host.writes || host.spawns) {
    if (auto reached = limits_.refuse_write()) {
      return refuse(import, args, log::RefusedLimit{std::move(reached->limit)}, reached->text,
                    result);
    }
  }
  if (auto spent = pay(host, args.size())) {
    limits_.report_spent(*spent);
    return refuse(import, args, log::RefusedLimit{std::move(spent->what)}, spent->text, result);
  }
  if (host.spawns) {
    if (auto reached = limits_.refuse_spawn(children_.count())) {
      give_back_call(host, args.size());
      return refuse(import, args, log::RefusedLimit{std::move(reached->limit)}, reached->text,
                    result);
    }
  }
  if (host.effect == EffectClass::kEffect) return run_effect(import, args, *completion);
  return std::visit(Overloaded{[&](const HostFunction::Waiting& body) {
                                 return run(import, body, args, *completion);
                               },
                               [&](const HostFunction::Request& body) {
                                 return run(import, body, args, result, *completion);
                               },
                               [&](const auto& body) { return run(import, body, args, result); }},
                    host.body);
}

Refusal Binder::refusal(const BoundImport& import, ByteView args) {
  const HostFunction& host = *import.function;
  Refusal why = host.refusal ? host.refusal(session(import), args) : std::nullopt;
  // Not every function has a check of its own.
  if (!why && !common_.granted[import.handler]) {
    why = binding_.handlers[import.handler]->least_grant();
  }
  if (!why) return why;
  return explained_refusal(
      *why, {common_.policy, common_.manifest, common_.permissions, self_.parent_id().has_value()});
}

void Binder::report_refusal(const HostFunction& host, const std::string& why) {
  if (refusals_.size() >= kRefusalLinesMax) return;
  auto [line, is_new] = refusals_.insert(shortened(why, kRefusalTextMax));
  if (!is_new) return;
  log_line(LogLevel::kWarn, {.actor = common_.manifest.name, .part = "policy", .id = self_.id()},
           "{} was refused: {}", host.name.to_string(), *line);
}

std::optional<BudgetSpent> Binder::pay(const HostFunction& host, size_t arguments_bytes) {
  Budget* budget = limits_.budget().get();
  if (budget == nullptr) return std::nullopt;
  if (auto spent = budget->take_host_call(host.name.interface)) return spent;
  bool is_message = std::holds_alternative<HostFunction::Send>(host.body) ||
                    std::holds_alternative<HostFunction::Request>(host.body) ||
                    std::holds_alternative<HostFunction::OnChannel>(host.body);
  std::optional<BudgetSpent> spent;
  if (is_message) {
    spent = budget->take_message();
  } else if (log::DiskUse use = disk_use(host, arguments_bytes); !use.name.empty()) {
    spent = budget->take_bytes(use.name, use.size_bytes);
  }
  if (spent) budget->give_back_host_call(host.name.interface);
  return spent;
}

// BudgetUse has the rule.
void Binder::give_back_call(const HostFunction& host, size_t arguments_bytes) {
  const auto& budget = limits_.budget();
  if (budget == nullptr) return;
  budget->give_back_host_call(host.name.interface);
  log::DiskUse use = disk_use(host, arguments_bytes);
  if (!use.name.empty()) budget->give_back_bytes(use.name, use.size_bytes);
}

HostAnswer Binder::refuse(const BoundImport& import, ByteView args, log::Refusal why,
                          std::string_view text, Bytes& result) {
  log::Refused body{import.index, log::borrowed_payload(args), std::move(why), log::RefusedTrap{}};
  const HostFunction& function = *import.function;
  if (!function.can_say_error() && !function.refused_result) {
    recorder_.record(body, payloads_of(function));
    result = to_bytes(text);
    return HostAnswer::kTrap;
  }
  if (function.can_say_error()) {
    write_error(result, text);
  } else {
    result = *function.refused_result;
  }
  body.result = log::RefusedValue{log::borrowed_payload(result)};
  recorder_.record(body, payloads_of(function));
  return HostAnswer::kDone;
}

HostAnswer Binder::run(const BoundImport& import, const HostFunction::Immediate& body,
                       ByteView args, Bytes& result) {
  body(session(import), args, result);
  if (too_large(result)) {
    std::string text = too_large_text(result.size(), limits_.payload_bytes_max());
    return refuse(import, args, log::RefusedLimit{"payload"}, text, result);
  }
  const HostFunction& function = *import.function;
  if (function.effect == EffectClass::kNote && !follows_from_lost_events(function)) {
    record_note(import, args, result);
  } else {
    record_host(import, args, result);
  }
  output_.call_is_on_record();
  return HostAnswer::kDone;
}

void Binder::record_host(const BoundImport& import, ByteView args, ByteView result) {
  recorder_.record(
      log::Host{import.index, log::borrowed_payload(args), log::borrowed_payload(result)},
      payloads_of(*import.function));
  uint64_t freed = holdings_.budget().take_freed();
  if (freed != 0 && limits_.budget() != nullptr) {
    limits_.budget()->give_back_bytes(log::kStoreBytes, freed);
  }
  if (import.function->holds) holdings_.take_call(import.index, args, result);
  if (import.function->spawns) limits_.spawn_is_over();
}

// Computed from a chain of which a replay would know more.
bool Binder::follows_from_lost_events(const HostFunction& function) const {
  return !recorder_.keeps_what_replay_keeps() &&
         log::find_chain_function(function.name.to_string()) != nullptr;
}

// A note tells nothing of its result, which must be nothing, ok, or computed from the chain; an
// error is none of these, so it is recorded with its text.
void Binder::record_note(const BoundImport& import, ByteView args, ByteView result) {
  bool is_error = import.function->can_say_error() && !result.empty() && result.front() == 1;
  if (!is_error) {
    recorder_.record(log::Note{import.index, log::borrowed_payload(args)});
    return;
  }
  Result<std::string> text = wit::decode<std::string>(result.subspan(1));
  THEATER_CHECK(text.has_value(), "{}", import.function->name.to_string());
  recorder_.record(log::Refused{import.index, log::borrowed_payload(args),
                                log::RefusedArgument{*std::move(text)},
                                log::RefusedValue{log::borrowed_payload(result)}});
}

HostAnswer Binder::run(const BoundImport& import, const HostFunction::Waiting& body, ByteView args,
                       engine::Completion& completion) {
  // The answer may come before `body` returns, but it is looked at only after this activation.
  PendingCall& pending = pending_.emplace();
  pending.call = next_call_++;
  pending.import = &import;
  pending.completion = std::move(completion);
  pending.args = to_bytes(args);
  body(session(import), args, RawResponder(self_.ref(), pending.call));
  return HostAnswer::kLater;
}

// It does not begin in this activation, which is on the guest's small stack.
HostAnswer Binder::run_effect(const BoundImport& import, ByteView args,
                              engine::Completion& completion) {
  PendingCall& pending = pending_.emplace();
  pending.kind = PendingCall::Kind::kEffect;
  pending.call = next_call_++;
  pending.import = &import;
  pending.completion = std::move(completion);
  pending.args = to_bytes(args);
  const HostFunction& host = *import.function;
  log::Intent intent{import.index, log::borrowed_payload(args)};
  pending.seq = recorder_.record(std::move(intent), payloads_of(host)).seq.value;
  if (auto note = host.intent_note ? host.intent_note(session(import), args) : std::nullopt) {
    note->about = pending.seq;
    recorder_.record(log::Control{*std::move(note), log::ByRuntime{}});
  }
  if (durability_ == log::Durability::kSync) {
    recorder_.when_durable(
        [actor = self_.ref(), call = pending.call](const std::optional<Error>& failure) {
          actor->intent_committed(call, failure);
        });
  }
  return HostAnswer::kLater;
}

uint64_t Binder::intent() const {
  THEATER_CHECK(pending_ && pending_->kind == PendingCall::Kind::kEffect);
  return pending_->seq;
}

void Binder::begin_effect() {
  bool may_begin = pending_ && pending_->kind == PendingCall::Kind::kEffect &&
                   durability_ != log::Durability::kSync;
  if (may_begin) complete_intent({pending_->call, std::nullopt});
}

// The intent is where it has to be: now the effect may happen.
void Binder::complete_intent(const IntentCommitted& intent) {
  const BoundImport& import = *pending_->import;
  if (intent.failure) {
    PendingCall pending = *std::exchange(pending_, std::nullopt);
    Bytes result;
    write_error(result, "this was not done, because the node cannot write its log: " +
                            intent.failure->to_string());
    recorder_.record(
        log::Outcome{pending.seq, log::OutcomeCancelled{log::borrowed_payload(result)}});
    std::move(pending.completion).answer(result);
    return;
  }
  pending_->has_begun = true;
  Bytes args = std::exchange(pending_->args, {});
  if (const auto* body = std::get_if<HostFunction::Immediate>(&import.function->body)) {
    Bytes result;
    (*body)(session(import), args, result);
    CallAnswer answer{pending_->call, std::move(result)};
    return complete_call(answer);
  }
  const auto& body = std::get<HostFunction::Waiting>(import.function->body);
  body(session(import), args, RawResponder(self_.ref(), intent.call));
}

bool Binder::complete(Completed& completed) {
  if (!pending_) return false;
  if (std::holds_alternative<ChildEvent>(completed)) return false;
  bool is_request = pending_->kind == PendingCall::Kind::kRequest;
  if (auto* answer = std::get_if<AnsweredRequest>(&completed)) {
    if (!is_request || answer->call != pending_->call) return false;
    complete_request(answer->answer);
  } else if (auto* timeout = std::get_if<TimedOutRequest>(&completed)) {
    if (!is_request || timeout->call != pending_->call) return false;
    complete_without_answer();
  } else if (auto* intent = std::get_if<IntentCommitted>(&completed)) {
    if (intent->call != pending_->call) return false;
    complete_intent(*intent);
  } else {
    auto& call_answer = std::get<CallAnswer>(completed);
    if (is_request || call_answer.call != pending_->call) return false;
    complete_call(call_answer);
  }
  return true;
}

void Binder::complete_call(CallAnswer& answer) {
  PendingCall pending = *std::exchange(pending_, std::nullopt);
  bool dropped = !answer.result;
  Bytes result = std::move(answer.result).value_or(Bytes());
  if (dropped) {
    write_error(result, pending.kind == PendingCall::Kind::kEffect
                            ? "the outcome is unknown: the host dropped the call"
                            : "the host dropped the call without an answer");
  } else if (too_large(result)) {
    write_error(result, too_large_text(result.size(), limits_.payload_bytes_max()));
  }
  log::Payload payload = log::borrowed_payload(result);
  if (pending.kind == PendingCall::Kind::kEffect) {
    log::OutcomeResult outcome = log::OutcomeDone{payload};
    if (dropped) outcome = log::OutcomeUnknown{payload};
    recorder_.record(log::Outcome{pending.seq, std::move(outcome)},
                     payloads_of(*pending.import->function));
    if (pending.import->function->holds) {
      holdings_.take_call(pending.import->index, {}, result);
    }
  } else {
    record_host(*pending.import, pending.args, result);
  }
  std::move(pending.completion).answer(result);
}

void Binder::complete_request(RequestAnswer& answer) {
  PendingCall pending = *std::exchange(pending_, std::nullopt);
  services_.timers.cancel(pending.deadline);
  Bytes result = request_result(pending, answer);
  recorder_.record(log::Answered{pending.seq, answer.by, log::borrowed_payload(result)});
  std::move(pending.completion).answer(result);
}

void Binder::complete_without_answer() {
  services_.waits.leave(self_.id(), pending_->call);
  PendingCall pending = *std::exchange(pending_, std::nullopt);
  std::string why = fmt::format("operation-timeout: no answer within {} ms", pending.timeout_ms);
  if (pending.channel) {
    abandon_opening(*pending.channel);
    why = "Error opening channel: " + why;
  }
  Bytes result;
  write_error(result, why);
  recorder_.record(log::Answered{pending.seq, std::nullopt, log::borrowed_payload(result)});
  std::move(pending.completion).answer(result);
}

void Binder::abandon() {
  if (!pending_) return;
  switch (pending_->kind) {
    case PendingCall::Kind::kHost:
      // Recorded when answered, so there is nothing open.
      give_back_call(*pending_->import->function, pending_->args.size());
      limits_.spawn_is_over();
      break;
    case PendingCall::Kind::kEffect:
      if (pending_->has_begun) {
        recorder_.record(log::Outcome{pending_->seq, log::OutcomeUnknown{}});
      } else {
        recorder_.record(log::Outcome{pending_->seq, log::OutcomeCancelled{}});
      }
      break;
    case PendingCall::Kind::kRequest: {
      services_.waits.leave(self_.id(), pending_->call);
      services_.timers.cancel(pending_->deadline);
      if (pending_->channel) abandon_opening(*pending_->channel);
      Bytes result;
      write_error(result, "the actor ended before the answer");
      recorder_.record(log::Answered{pending_->seq, std::nullopt, log::borrowed_payload(result)});
      break;
    }
  }
}

void Binder::leave() {
  if (!pending_ || pending_->kind != PendingCall::Kind::kRequest) return;
  services_.waits.leave(self_.id(), pending_->call);
  services_.timers.cancel(pending_->deadline);
}

}  // namespace theater
