#include "theater/actor/supervision/budget_use.h"

#include "theater/log/event/message_rule.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

namespace theater {

namespace {

// The limit that a result is refused for when its call is over.
constexpr std::string_view kPayloadLimit = "payload";

std::string_view interface_of(std::string_view function) {
  return function.substr(0, function.rfind('/'));
}

Result<log::HeldBudget> read_budget_part(const log::Payload& part) {
  const log::Blob* bytes = log::inline_bytes(part);
  if (bytes == nullptr) {
    return fail(ErrorCode::kNotFound, "the use of budgets in it was removed from the log");
  }
  Result<log::HeldBudget> read = wit::decode<log::HeldBudget>(bytes->view());
  if (read) return read;
  return fail(ErrorCode::kCorrupt, "the use of budgets in it is not well formed: {}",
              read.error().to_string());
}

}  // namespace

bool counts_as_call(const log::Refusal& why) {
  if (const auto* limit = std::get_if<log::RefusedLimit>(&why))
    return limit->value == kPayloadLimit;
  return std::holds_alternative<log::RefusedArgument>(why);
}

log::Control child_used(uint64_t about, const log::HeldBudget& used) {
  return {log::Noted{std::string(log::kChildUsed), about, log::inline_payload(wit::encode(used))},
          log::ByRuntime{}};
}

Result<void> BudgetUse::accept(uint64_t seq, const log::Body& body) {
  last_child_ended_.reset();
  if (const auto* host = std::get_if<log::Host>(&body)) {
    THEATER_TRY_VOID(count_host_call(host->function));
  } else if (const auto* sent = std::get_if<log::Sent>(&body)) {
    THEATER_TRY_VOID(count_host_call(sent->function));
    if (log::counts_as_message(sent->kind)) ++used_.messages;
  } else if (const auto* note = std::get_if<log::Note>(&body)) {
    THEATER_TRY_VOID(count_host_call(note->function));
  } else if (const auto* intent = std::get_if<log::Intent>(&body)) {
    THEATER_TRY_VOID(count_host_call(intent->function));
  } else if (const auto* refused = std::get_if<log::Refused>(&body)) {
    if (counts_as_call(refused->why)) THEATER_TRY_VOID(count_host_call(refused->function));
  } else if (std::holds_alternative<log::Child>(body)) {
    ++used_.descendants;
  } else if (const auto* ended = std::get_if<log::ChildEnded>(&body)) {
    last_child_ended_ = seq;
    last_child_ = ended->actor;
  } else if (const auto* instance = std::get_if<log::Instance>(&body)) {
    if (known_ != nullptr && *known_ == instance->functions) {
      functions_ = known_;
    } else {
      own_ = std::make_shared<const FunctionNames>(instance->functions);
      functions_ = own_.get();
    }
  } else if (const auto* control = std::get_if<log::Control>(&body)) {
    if (const auto* held = std::get_if<log::Held>(&control->operation)) {
      for (const auto& [name, part] : held->value) {
        if (name == log::kHeldBudget) return set(part);
      }
    } else if (const auto* noted = std::get_if<log::Noted>(&control->operation);
               noted != nullptr && noted->what == log::kChildUsed) {
      log::HeldBudget child = THEATER_TRY(read_budget_part(noted->data));
      used_.messages += child.messages;
      used_.descendants += child.descendants;
      used_.cpu_us += child.cpu_us;
      for (const auto& [interface, calls] : child.host_calls)
        count_host_calls(interface, calls);
    }
  }
  return {};
}

// The part has everything that was counted until then, and the time besides.
Result<void> BudgetUse::set(const log::Payload& part) {
  log::HeldBudget held = THEATER_TRY(read_budget_part(part));
  auto unrecorded = std::chrono::duration_cast<std::chrono::microseconds>(unrecorded_cpu_);
  uint64_t recorded = held.cpu_us - std::min(held.cpu_us, used_.cpu_us);
  recorded = std::min(recorded, static_cast<uint64_t>(unrecorded.count()));
  unrecorded_cpu_ -= std::chrono::microseconds(recorded);
  used_ = std::move(held);
  return {};
}

Result<void> BudgetUse::count_host_call(uint32_t function) {
  if (functions_ == nullptr || function >= functions_->size()) {
    return fail(ErrorCode::kCorrupt, "it calls function {}, which its instance does not have",
                function);
  }
  std::string_view interface = interface_of((*functions_)[function]);
  for (auto& [name, calls] : used_.host_calls) {
    if (name == interface) {
      ++calls;
      return {};
    }
  }
  count_host_calls(std::string(interface), 1);
  return {};
}

void BudgetUse::count_host_calls(const std::string& interface, uint64_t calls) {
  auto& all = used_.host_calls;
  auto place = std::lower_bound(
      all.begin(), all.end(), interface,
      [](const auto& entry, const std::string& wanted) { return std::get<0>(entry) < wanted; });
  if (place != all.end() && std::get<0>(*place) == interface) {
    std::get<1>(*place) += calls;
  } else {
    all.emplace(place, interface, calls);
  }
}

log::HeldBudget BudgetUse::used() const {
  log::HeldBudget used = used_;
  auto more = std::chrono::duration_cast<std::chrono::microseconds>(unrecorded_cpu_);
  used.cpu_us += static_cast<uint64_t>(more.count());
  return used;
}

}  // namespace theater
