#include "theater/actor/handler/actor_secrets.h"

#include "theater/base/check.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

constexpr std::string_view kPurpose = "theater placeholder";
constexpr std::string_view kLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

template <class T>
bool has(const std::vector<T>& list, const T& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// Letters and digits that only the key's holder can compute, each of them equally likely.
std::string letters_of(std::string_view name, size_t count, const Hash& key) {
  constexpr uint8_t kFairBytes = 256 / kLetters.size() * kLetters.size();
  std::string letters;
  for (uint64_t block = 0; letters.size() < count; ++block) {
    Hash bytes = hmac_sha256(key.view(), as_bytes(fmt::format("{}/{}", block, name)));
    for (uint8_t byte : bytes.bytes) {
      if (byte < kFairBytes && letters.size() < count) letters += kLetters[byte % kLetters.size()];
    }
  }
  return letters;
}

}  // namespace

const HeldSecret* ActorSecrets::find(std::string_view name) const {
  auto found = std::find_if(held_.begin(), held_.end(),
                            [&](const HeldSecret& one) { return one.rule.name == name; });
  return found == held_.end() ? nullptr : &*found;
}

const HeldSecret* ActorSecrets::shown_by(std::string_view variable) const {
  auto found = std::find_if(held_.begin(), held_.end(), [&](const HeldSecret& one) {
    return !one.rule.variable.empty() && one.rule.variable == variable;
  });
  return found == held_.end() ? nullptr : &*found;
}

std::vector<std::string> ActorSecrets::record() const {
  std::vector<std::string> texts;
  for (const HeldSecret& one : held_)
    texts.push_back(fmt::format("secret:{}={}", one.rule.name, one.placeholder));
  return texts;
}

const ActorSecrets& no_secrets() {
  static const ActorSecrets none;
  return none;
}

bool holds(const SecretRule& rule, const SecretClaim& claim) {
  const auto& client = claim.permissions.http_client;
  if (!client || !client->secrets.allows({rule.name})) return false;
  bool is_listed = has(rule.components, claim.component);
  if (claim.parent != nullptr) return is_listed && claim.parent->find(rule.name) != nullptr;
  return is_listed || (claim.root_name && has(rule.actors, *claim.root_name));
}

ActorSecrets held_secrets(std::span<const SecretRule> rules, const SecretClaim& claim,
                          const Hash& placeholder_key) {
  std::vector<HeldSecret> held;
  for (const SecretRule& rule : rules) {
    if (!holds(rule, claim)) continue;
    held.push_back({rule, placeholder_of(rule.name, rule.placeholder, placeholder_key)});
  }
  return ActorSecrets(std::move(held));
}

Hash placeholder_key(ByteView home_secret) {
  return hmac_sha256(home_secret, as_bytes(kPurpose));
}

std::string placeholder_of(std::string_view name, std::string_view pattern, const Hash& key) {
  Result<PlaceholderPattern> parsed = PlaceholderPattern::parse(pattern);
  THEATER_CHECK(parsed.has_value(), "{}", parsed.error().message());
  return parsed->before + letters_of(name, parsed->letters, key) + parsed->after;
}

bool is_secret_variable(std::span<const SecretRule> rules, std::string_view variable) {
  return std::any_of(rules.begin(), rules.end(),
                     [&](const SecretRule& rule) { return rule.hides(variable); });
}

}  // namespace theater
