#include "theater/actor/handler/actor_holdings.h"

#include "theater/base/check.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

namespace theater {

namespace {

bool has_failed(const HostFunction& function, ByteView result) {
  bool may_fail = function.type.result && function.type.result->kind() == wit::Kind::kResult;
  return may_fail && !result.empty() && result.front() == 1;
}

const log::HeldPart* find_part(const std::vector<log::HeldPart>& parts, std::string_view name) {
  auto found = std::find_if(parts.begin(), parts.end(), [name](const log::HeldPart& part) {
    return std::get<std::string>(part) == name;
  });
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace

ActorHoldings::ActorHoldings(const Binding& binding)
    : binding_(binding), budget_(&binding.functions.names()) {
  for (size_t i = 0; i < binding.handlers.size(); ++i) {
    holdings_.push_back(binding.handlers[i]->make_holdings());
    if (holdings_.back() == nullptr) continue;
    for (const HostFunction& function : binding.handlers[i]->host_functions()) {
      if (function.holds) holders_.push_back({plain_name(function.name), &function, nullptr, i});
    }
    for (const ExportFunction& function : binding.handlers[i]->export_functions()) {
      if (function.holds) holders_.push_back({plain_name(function.name), nullptr, &function, i});
    }
  }
}

ActorHoldings::ActorHoldings(const Binding& binding, const ActorHoldings& before)
    : ActorHoldings(binding) {
  budget_ = before.budget_;
  budget_.expect(&binding.functions.names());
  // Handlers take back what they gave.
  Result<void> begun = begin(before.held().value);
  THEATER_CHECK(begun.has_value(), "{}", begun.error().to_string());
}

Result<void> ActorHoldings::accept(uint64_t seq, const log::Body& body) {
  THEATER_TRY_VOID(budget_.accept(seq, body));
  if (const auto* instance = std::get_if<log::Instance>(&body)) {
    find_functions(instance->functions);
    bool is_update = instance->why == log::InstanceReason::kUpdate;
    for (size_t i = 0; i < holdings_.size(); ++i) {
      if (instance->init_runs || (is_update && !is_used(i, instance->functions))) empty(i);
    }
  } else if (const auto* call = std::get_if<log::Call>(&body)) {
    callback_ = find_callback(call->function);
  } else if (const auto* returned = std::get_if<log::Returned>(&body)) {
    end_callback(std::holds_alternative<log::CallError>(returned->result));
  } else if (std::holds_alternative<log::Failed>(body)) {
    end_callback(true);
  } else if (const auto* control = std::get_if<log::Control>(&body)) {
    if (const auto* held = std::get_if<log::Held>(&control->operation)) return begin(held->value);
  }
  return {};
}

void ActorHoldings::end_callback(bool has_failed) {
  const Holder* ended = std::exchange(callback_, nullptr);
  if (ended == nullptr || !has_failed) return;
  holdings_[ended->handler]->callback_failed(ended->callback->name.name);
}

void ActorHoldings::find_functions(const std::vector<std::string>& names) {
  for (Holder& holder : holders_) {
    auto found = std::lower_bound(names.begin(), names.end(), holder.name);
    holder.is_there = found != names.end() && *found == holder.name;
    holder.index = static_cast<uint32_t>(found - names.begin());
  }
}

void ActorHoldings::empty(size_t handler) {
  if (holdings_[handler] == nullptr) return;
  holdings_[handler] = binding_.handlers[handler]->make_holdings();
}

Result<void> ActorHoldings::begin(const std::vector<log::HeldPart>& parts) {
  for (size_t i = 0; i < holdings_.size(); ++i) {
    if (holdings_[i] == nullptr) continue;
    std::string_view name = binding_.handlers[i]->name();
    const log::HeldPart* part = find_part(parts, name);
    if (part == nullptr) {
      empty(i);
      continue;
    }
    const log::Blob* bytes = log::inline_bytes(std::get<log::Payload>(*part));
    if (bytes == nullptr) {
      return fail(ErrorCode::kNotFound, "what the handler `{}` holds was removed from the log",
                  name);
    }
    if (auto begun = holdings_[i]->begin(bytes->view()); !begun) {
      return fail(ErrorCode::kCorrupt, "what the handler `{}` holds is not well formed: {}", name,
                  begun.error().to_string());
    }
  }
  return {};
}

bool ActorHoldings::is_used(size_t handler, const std::vector<std::string>& names) const {
  auto is_there = [&](const auto& function) {
    return std::binary_search(names.begin(), names.end(), plain_name(function.name));
  };
  const Handler& of = *binding_.handlers[handler];
  return std::any_of(of.host_functions().begin(), of.host_functions().end(), is_there) ||
         std::any_of(of.export_functions().begin(), of.export_functions().end(), is_there);
}

const ActorHoldings::Holder* ActorHoldings::find(uint32_t function) const {
  for (const Holder& holder : holders_) {
    bool is_it = holder.is_there && holder.function != nullptr && holder.index == function;
    if (is_it) return &holder;
  }
  return nullptr;
}

const ActorHoldings::Holder* ActorHoldings::find_callback(uint32_t function) const {
  for (const Holder& holder : holders_) {
    bool is_it = holder.is_there && holder.callback != nullptr && holder.index == function;
    if (is_it) return &holder;
  }
  return nullptr;
}

bool ActorHoldings::takes(uint32_t function) const {
  return find(function) != nullptr;
}

void ActorHoldings::take_call(uint32_t function, ByteView arguments, ByteView result) {
  const Holder* holder = find(function);
  if (holder == nullptr || has_failed(*holder->function, result)) return;
  holdings_[holder->handler]->take(holder->function->name.name, arguments, result);
}

bool ActorHoldings::takes_callback(uint32_t function) const {
  return find_callback(function) != nullptr;
}

void ActorHoldings::take_callback(uint32_t function, ByteView params) {
  const Holder* holder = find_callback(function);
  if (holder == nullptr) return;
  holdings_[holder->handler]->take_callback(holder->callback->name.name, params);
}

log::Held ActorHoldings::held() const {
  std::vector<log::HeldPart> parts;
  parts.emplace_back(log::kHeldBudget, log::inline_payload(wit::encode(budget_.used())));
  for (size_t i = 0; i < holdings_.size(); ++i) {
    if (holdings_[i] == nullptr) continue;
    if (std::optional<Bytes> held = holdings_[i]->held()) {
      parts.emplace_back(binding_.handlers[i]->name(), log::inline_payload(*std::move(held)));
    }
  }
  std::sort(parts.begin(), parts.end(), [](const log::HeldPart& a, const log::HeldPart& b) {
    return std::get<std::string>(a) < std::get<std::string>(b);
  });
  return {std::move(parts)};
}

void ActorHoldings::restore(std::span<const std::unique_ptr<Session>> sessions) const {
  THEATER_CHECK(sessions.size() == holdings_.size());
  for (size_t i = 0; i < sessions.size(); ++i) {
    if (holdings_[i] == nullptr) continue;
    if (std::optional<Bytes> held = holdings_[i]->held()) sessions[i]->restore(*held);
  }
}

}  // namespace theater
