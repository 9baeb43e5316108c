#include "theater/handlers/environment/environment_session.h"

#include "theater/base/utf8.h"
#include "theater/manifest/grant.h"

#include <utility>

namespace theater {

namespace {

Refusal lacks(EnvironmentPermissions permission) {
  Permissions wanted;
  wanted.environment = std::move(permission);
  return to_grants(wanted).front();
}

}  // namespace

Refusal EnvironmentSession::refuses(std::string_view name) const {
  if (permissions_.environment && permissions_.environment->allows_var(name)) return std::nullopt;
  return lacks({EnvironmentNames({std::string(name)}, {}, {}), false});
}

// The grant that is named adds the right to list to what the actor has: it shows no more variables.
Refusal EnvironmentSession::refuses_list() const {
  if (permissions_.environment && permissions_.environment->allows_list_all()) return std::nullopt;
  EnvironmentNames readable;
  if (permissions_.environment) readable = permissions_.environment->vars;
  return lacks({std::move(readable), true});
}

std::optional<std::string> EnvironmentSession::value(std::string_view name) const {
  if (const HeldSecret* secret = secrets_.shown_by(name)) return secret->placeholder;
  if (is_secret_variable(declared_secrets_, name)) return std::nullopt;
  const std::string* found = variables_.find(name);
  if (found == nullptr) return std::nullopt;
  return *found;
}

bool EnvironmentSession::exists(std::string_view name) const {
  if (is_secret_variable(declared_secrets_, name)) return secrets_.shown_by(name) != nullptr;
  return variables_.find(name) != nullptr;
}

std::vector<EnvironmentSession::NameAndValue> EnvironmentSession::list() const {
  std::vector<NameAndValue> listed;
  for (const auto& [name, value] : variables_.all()) {
    bool is_readable = is_utf8(name) && permissions_.environment->allows_var(name);
    if (is_readable && !is_secret_variable(declared_secrets_, name))
      listed.emplace_back(name, value);
  }
  return listed;
}

}  // namespace theater
