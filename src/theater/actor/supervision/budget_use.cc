#include "theater/actor/supervision/budget_use.h"

#include "theater/log/event/disk_use.h"
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

// Nearly every name is there already.
void add_to(log::HeldBudget& used, std::string_view name, uint64_t amount) {
  auto& all = used.host_calls;
  for (auto& [known, counted] : all) {
    if (known != name) continue;
    counted += amount;
    return;
  }
  auto place = std::lower_bound(
      all.begin(), all.end(), name,
      [](const auto& entry, std::string_view wanted) { return std::get<0>(entry) < wanted; });
  all.emplace(place, std::string(name), amount);
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
  THEATER_TRY_VOID(count(seq, body));
  if (is_logged_) logged_bytes_ += log::log_bytes_of(body);
  return {};
}

Result<void> BudgetUse::count(uint64_t seq, const log::Body& body) {
  last_child_ended_.reset();
  if (const auto* host = std::get_if<log::Host>(&body)) {
    THEATER_TRY_VOID(count_writing_call(host->function, host->arguments));
    if (frees(host->function)) give_back(host->result);
  } else if (const auto* sent = std::get_if<log::Sent>(&body)) {
    THEATER_TRY_VOID(count_host_call(sent->function));
    if (log::counts_as_message(sent->kind)) ++used_.messages;
  } else if (const auto* note = std::get_if<log::Note>(&body)) {
    THEATER_TRY_VOID(count_host_call(note->function));
  } else if (const auto* intent = std::get_if<log::Intent>(&body)) {
    THEATER_TRY_VOID(count_writing_call(intent->function, intent->arguments));
  } else if (const auto* refused = std::get_if<log::Refused>(&body)) {
    if (counts_as_call(refused->why))
      THEATER_TRY_VOID(count_writing_call(refused->function, refused->arguments));
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
      for (const auto& [name, amount] : child.host_calls)
        add(name, amount);
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
  held_log_bytes_ = logged_bytes_;
  return {};
}

Result<std::string_view> BudgetUse::name_of(uint32_t function) const {
  if (functions_ != nullptr && function < functions_->size()) {
    return std::string_view((*functions_)[function]);
  }
  return fail(ErrorCode::kCorrupt, "it calls function {}, which its instance does not have",
              function);
}

Result<void> BudgetUse::count_host_call(uint32_t function) {
  std::string_view interface = interface_of(THEATER_TRY(name_of(function)));
  add(interface, 1);
  return {};
}

Result<void> BudgetUse::count_writing_call(uint32_t function, const log::Payload& arguments) {
  THEATER_TRY_VOID(count_host_call(function));
  std::string_view name = THEATER_TRY(name_of(function));
  std::string_view interface = interface_of(name);
  log::DiskUse use = log::disk_use_of_call(interface, name.substr(interface.size() + 1),
                                           log::payload_length(arguments));
  if (!use.name.empty()) add(use.name, use.size_bytes);
  return {};
}

bool BudgetUse::reads_payloads(const log::Body& body) const {
  if (std::holds_alternative<log::Control>(body)) return true;
  const auto* host = std::get_if<log::Host>(&body);
  return host != nullptr && frees(host->function);
}

bool BudgetUse::frees(uint32_t function) const {
  if (functions_ == nullptr || function >= functions_->size()) return false;
  std::string_view name = (*functions_)[function];
  std::string_view interface = interface_of(name);
  return log::frees_store_bytes(interface, name.substr(interface.size() + 1));
}

// Content that was put twice is removed once, so no more is given back than was used.
void BudgetUse::give_back(const log::Payload& result) {
  for (auto& [name, counted] : used_.host_calls) {
    if (name != log::kStoreBytes) continue;
    uint64_t amount = std::min(counted, log::freed_store_bytes(result));
    counted -= amount;
    freed_ += amount;
  }
}

void BudgetUse::add(std::string_view name, uint64_t amount) {
  add_to(used_, name, amount);
}

log::HeldBudget BudgetUse::used() const {
  log::HeldBudget used = used_;
  auto more = std::chrono::duration_cast<std::chrono::microseconds>(unrecorded_cpu_);
  used.cpu_us += static_cast<uint64_t>(more.count());
  uint64_t more_bytes = logged_bytes_ - held_log_bytes_;
  if (more_bytes != 0) add_to(used, log::kLogBytes, more_bytes);
  return used;
}

}  // namespace theater
