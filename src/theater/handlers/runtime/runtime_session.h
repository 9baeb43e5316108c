// One actor's part of the runtime interface: the logic of its functions.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"
#include "theater/handlers/runtime/host_facts.h"
#include "theater/log/event/chain_functions.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace theater {

// Used by one actor's turn only. `Said` is what a function with `result<_, string>` answers.
class RuntimeSession final : public Session {
 public:
  using Said = tl::expected<void, std::string>;

  // Of metric names and event types.
  static constexpr size_t kNameBytesMax = 256;

  RuntimeSession(const SessionContext& context, const HostFacts& facts);

  void log(std::string_view message) const;
  Said log_at(std::string_view level, std::string_view message) const;

  // As log/chain_functions.h says.
  log::ShortChain chain() const;
  Bytes last_event_data() const;

  Said shutdown(std::optional<Bytes> data);

  std::string actor_id() const;
  std::string actor_name() const;
  uint64_t now_ms() const;
  std::optional<Caller> caller() const { return actor_.caller(); }

  Refusal refuses_variable(std::string_view name) const;
  std::optional<std::string> variable(std::string_view name) const;

  Said record_metric(std::string_view name, double value) const;
  Said record_event(std::string_view type) const;

  Refusal refuses_system_info() const;
  SystemInfo system_info() const;

 private:
  ActorContext& actor_;
  const Permissions& permissions_;
  const ActorSecrets& secrets_;
  const std::span<const SecretRule> declared_secrets_;
  const Clock& clock_;
  const HostFacts& facts_;
  uint64_t payload_bytes_max_;
};

}  // namespace theater
