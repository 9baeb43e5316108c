// One actor's part of the environment: which of the host's variables it may see.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"
#include "theater/handlers/environment/host_variables.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace theater {

// Used by one actor's turn only.
class EnvironmentSession final : public Session {
 public:
  using NameAndValue = std::tuple<std::string, std::string>;

  // `variables` outlives it.
  EnvironmentSession(const SessionContext& context, const HostVariables& variables)
      : permissions_(context.permissions),
        secrets_(context.secrets),
        declared_secrets_(context.declared_secrets),
        variables_(variables) {}

  Refusal refuses(std::string_view name) const;
  Refusal refuses_list() const;

  // Of a variable of a secret: the placeholder, if the actor holds the secret, else none.
  std::optional<std::string> value(std::string_view name) const;
  bool exists(std::string_view name) const;
  // By name; those whose names are UTF-8, since a guest could not ask for the others, and that are
  // no variables of secrets.
  std::vector<NameAndValue> list() const;

 private:
  const Permissions& permissions_;
  const ActorSecrets& secrets_;
  const std::span<const SecretRule> declared_secrets_;
  const HostVariables& variables_;
};

}  // namespace theater
