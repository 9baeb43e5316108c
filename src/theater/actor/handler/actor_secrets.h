// The operator's secrets that one actor holds, each with the placeholder that the actor sees.
//
// The policy alone decides who holds a secret (manifest/secret.h): an actor may use it if its
// permissions name it, and if its component has a listed digest or the operator started it under a
// listed name. A child needs a listed digest of its own, and a parent that holds the secret. The
// manifest's name for the actor never counts.
//
// A placeholder is made from a key of the node's home, so it stays the same as long as the home
// does, and another node has another.
#pragma once

#include "theater/base/hash.h"
#include "theater/manifest/permissions.h"
#include "theater/manifest/secret.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

struct HeldSecret {
  SecretRule rule;
  std::string placeholder;
};

// Immutable, and then safe from any thread.
class ActorSecrets final {
 public:
  ActorSecrets() = default;
  explicit ActorSecrets(std::vector<HeldSecret> held) : held_(std::move(held)) {}

  // In the order of the policy.
  const std::vector<HeldSecret>& held() const { return held_; }
  // Null if the actor does not hold it.
  const HeldSecret* find(std::string_view name) const;
  // The secret whose placeholder the variable shows to this actor; null if there is none.
  const HeldSecret* shown_by(std::string_view variable) const;
  // "secret:openai=theater-…" for each, which the record has among the grants.
  std::vector<std::string> record() const;

 private:
  std::vector<HeldSecret> held_;
};

// The secrets of an actor that holds none.
const ActorSecrets& no_secrets();

// What decides whether an actor holds a secret. The references outlive the value.
struct SecretClaim {
  const Permissions& permissions;  // Effective ones.
  const Hash& component;
  std::optional<std::string> root_name = {};  // The operator's, of an actor without a parent.
  const ActorSecrets* parent = nullptr;       // Null for an actor without a parent.
};

// Whether an actor of this claim holds the secret of the rule.
bool holds(const SecretRule& rule, const SecretClaim& claim);

// Those of `rules` that an actor of this claim holds.
ActorSecrets held_secrets(std::span<const SecretRule> rules, const SecretClaim& claim,
                          const Hash& placeholder_key);

// The key of placeholders, from a secret of the home.
Hash placeholder_key(ByteView home_secret);

// The placeholder of a secret under a key; `pattern` as in SecretRule, and valid.
std::string placeholder_of(std::string_view name, std::string_view pattern, const Hash& key);

// Whether no guest may see the host's variable of that name.
bool is_secret_variable(std::span<const SecretRule> rules, std::string_view variable);

}  // namespace theater
