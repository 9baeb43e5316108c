#include "theater/views/secrets_view.h"

#include "theater/handlers/http_client/secret_values.h"
#include "theater/manifest/reference_text.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace theater::views {

namespace {

std::vector<std::string> host_texts(const SecretRule& rule) {
  std::vector<std::string> texts;
  for (const HostPattern& host : rule.hosts)
    texts.push_back(host.to_string());
  return texts;
}

std::vector<std::string> component_texts(const SecretRule& rule) {
  std::vector<std::string> texts;
  for (const Hash& digest : rule.components)
    texts.push_back(std::string(kDigestPrefix) + digest.to_string());
  return texts;
}

std::vector<std::string> method_texts(const SecretRule& rule) {
  std::vector<std::string> texts;
  for (const NamePattern& method : rule.methods.patterns())
    texts.push_back(method.text);
  return texts;
}

// "`agent`" or "`a` or `b`".
std::string names_text(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names)
    quoted.push_back("`" + name + "`");
  return fmt::format("{}", fmt::join(quoted, " or "));
}

std::string getters_text(const SecretRule& rule) {
  std::vector<std::string> getters;
  if (!rule.actors.empty()) getters.push_back("a start under the name " + names_text(rule.actors));
  if (!rule.components.empty())
    getters.push_back(fmt::format("the component {}", fmt::join(component_texts(rule), " or ")));
  return fmt::format("{}", fmt::join(getters, ", or "));
}

AskedSecret asked_secret(const std::string& name, const Policy& policy, const Manifest& manifest) {
  AskedSecret asked{.name = name};
  const std::vector<SecretRule>& rules = policy.secrets();
  auto rule = std::find_if(rules.begin(), rules.end(),
                           [&](const SecretRule& one) { return one.name == name; });
  if (rule == rules.end()) {
    asked.missing.push_back("the policy has no [[secret]] of this name");
    return asked;
  }
  asked.rule = *rule;
  const auto& client = policy.permissions().http_client;
  if (!client || !client->secrets.allows({name}))
    asked.missing.push_back(fmt::format("--grant http-client:secrets={}", name));
  if (auto problem = SecretValues::problem_with(rule->source))
    asked.missing.push_back(fmt::format("{}: {}", rule->source.to_string(), *problem));
  Permissions environment = meet(manifest.asked(), policy.permissions());
  bool is_shown = environment.environment && environment.environment->allows_var(rule->variable);
  if (!rule->variable.empty() && !is_shown) {
    asked.missing.push_back(fmt::format(
        "the actor may not read the variable {0} (environment:vars={0})", rule->variable));
  }
  return asked;
}

}  // namespace

std::vector<AskedSecret> asked_secrets(const Policy& policy, const Manifest& manifest) {
  std::set<std::string> names;
  Permissions asks = manifest.asked();
  if (!asks.http_client) return {};
  for (const NamePattern& name : asks.http_client->secrets.patterns())
    names.insert(name.text);
  if (names.erase("*") > 0) {
    for (const SecretRule& rule : policy.secrets())
      names.insert(rule.name);
  }
  std::vector<AskedSecret> secrets;
  for (const std::string& name : names)
    secrets.push_back(asked_secret(name, policy, manifest));
  return secrets;
}

Json secrets_json(const std::vector<AskedSecret>& secrets) {
  Json all = Json::array();
  for (const AskedSecret& secret : secrets) {
    Json one = {{"secret", secret.name}, {"rule", nullptr}, {"missing", secret.missing}};
    if (secret.rule) {
      const SecretRule& rule = *secret.rule;
      one["rule"] = {{"hosts", host_texts(rule)},
                     {"methods", method_texts(rule)},
                     {"paths", rule.paths},
                     {"header", rule.header},
                     {"format", rule.format},
                     {"actors", rule.actors},
                     {"components", component_texts(rule)},
                     {"variable", rule.variable.empty() ? Json() : Json(rule.variable)}};
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::string secrets_text(const std::vector<AskedSecret>& secrets) {
  std::string text;
  for (const AskedSecret& secret : secrets) {
    text += fmt::format("secret {}\n", secret.name);
    if (secret.rule) {
      const SecretRule& rule = *secret.rule;
      text +=
          fmt::format("  for      {}; methods {}; paths {}\n", fmt::join(host_texts(rule), ", "),
                      fmt::join(method_texts(rule), ", "), fmt::join(rule.paths, ", "));
      text += fmt::format("  header   {}: {}\n", rule.header, rule.format);
      text += fmt::format("  needs    {}\n", getters_text(rule));
      if (!rule.variable.empty()) text += fmt::format("  variable {}\n", rule.variable);
    }
    for (const std::string& missing : secret.missing)
      text += fmt::format("  missing  {}\n", missing);
  }
  return text;
}

}  // namespace theater::views
