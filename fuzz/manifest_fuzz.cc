// Texts that strangers write: a manifest, a policy file, a grant.
//
// Nothing may crash on any text. What is accepted must keep the promises of the permission lattice,
// and what is printed must be read back to the same.

#include "theater/manifest/manifest.h"

#include "theater/base/check.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/manifest/policy.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using theater::Permissions;
using theater::Policy;
using theater::Result;

// The context of placeholders: short paths have a value, which is itself full of braces.
std::optional<std::string> context(std::string_view path) {
  if (path.size() > 4) return std::nullopt;
  return "{{" + std::string(path) + "}}";
}

void read_back(const Permissions& permissions) {
  Permissions read;
  for (const std::string& grant : theater::to_grants(permissions)) {
    Result<Permissions> one = theater::parse_grant(grant, "/elsewhere");
    THEATER_CHECK(one.has_value(), "{}: {}", grant, one.error().message());
    read = theater::join(read, *one);
  }
  THEATER_CHECK(read == permissions);
  std::string toml = theater::to_policy_toml(permissions);
  Result<Policy> policy = Policy::parse(toml, "policy.toml", "/elsewhere");
  THEATER_CHECK(policy.has_value(), "{}\n{}", toml, policy.error().message());
  for (theater::Capability capability : theater::kCapabilities) {
    if (!permissions.has(capability)) continue;
    THEATER_CHECK(policy->permissions().only(capability) == permissions.only(capability), "{}",
                  toml);
  }
}

void read_as_manifest(std::string_view text) {
  (void)theater::peek_init_state(text, "fuzz.toml");
  Result<theater::Manifest> manifest = theater::parse_manifest(text, "fuzz.toml", "/base", context);
  if (!manifest) {
    THEATER_CHECK(!manifest.error().message().empty());
    return;
  }
  theater::Ask ask = manifest->ask();
  THEATER_CHECK(leq(ask.required, ask.ceiling));
  read_back(ask.ceiling);

  Policy policy = Policy::default_policy();
  Result<Permissions> effective = effective_permissions(policy, std::nullopt, *manifest);
  if (!effective) {
    for (const std::string& grant : theater::to_grants(missing_grants(policy, ask))) {
      Result<void> added = policy.add_grant(grant, "/");
      THEATER_CHECK(added.has_value(), "{}", added.error().message());
    }
    effective = effective_permissions(policy, std::nullopt, *manifest);
  }
  THEATER_CHECK(effective.has_value(), "{}", effective.error().message());
  THEATER_CHECK(leq(*effective, policy.permissions()));
  THEATER_CHECK(leq(*effective, ask.ceiling));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  read_as_manifest(text);
  if (Result<Policy> policy = Policy::parse(text, "fuzz.toml", "/base")) {
    read_back(policy->permissions());
  }
  if (Result<Permissions> granted = theater::parse_grant(text, "/base")) read_back(*granted);
  return 0;
}
