#include "theater/manifest/policy.h"

#include "theater/base/file.h"
#include "theater/manifest/grant.h"
#include "theater/manifest/permission_settings.h"
#include "theater/manifest/supervision_settings.h"
#include "theater/manifest/table_reader.h"
#include "theater/manifest/toml_document.h"

#include <fmt/ranges.h>

#include <system_error>
#include <utility>

namespace theater {

namespace {

// Complains and returns nothing if `name` is no capability.
std::optional<Capability> known_capability(std::string_view name, SourcePosition position,
                                           Diagnostics& diagnostics) {
  std::optional<Capability> capability = capability_from_name(name);
  if (!capability) {
    diagnostics.add(position, fmt::format("unknown capability `{}`{}", name,
                                          suggestion(name, capability_names(), "capabilities")));
  }
  return capability;
}

void refuse_granted_and_denied(const TomlTable& grants, const std::vector<std::string>& denied,
                               Diagnostics& diagnostics) {
  for (const TomlEntry& entry : grants.entries) {
    auto capability = capability_from_name(entry.key);
    if (!capability) continue;
    for (const std::string& name : denied) {
      if (capability_from_name(name) != capability) continue;
      diagnostics.add(entry.key_position,
                      fmt::format("`{}` is both granted and denied; keep one", entry.key));
    }
  }
}

// Applies the tables below [grant]: each replaces what is granted of its capability.
void replace_grants(const TomlTable& grants, const std::filesystem::path& folder,
                    Diagnostics& diagnostics, Permissions& permissions) {
  Permissions named;
  for (const TomlEntry& entry : grants.entries) {
    if (diagnostics.full()) return;
    std::optional<Capability> capability =
        known_capability(entry.key, entry.key_position, diagnostics);
    if (!capability) continue;
    std::string where = fmt::format("[grant.{}]", entry.key);
    const auto* table = std::get_if<TomlTable>(&entry.value.value);
    if (table == nullptr) {
      diagnostics.add(entry.value.position,
                      fmt::format("{} must be a table, found {}", where, entry.value.type_name()));
      continue;
    }
    if (named.has(*capability)) {
      diagnostics.add(entry.key_position,
                      fmt::format("{} is a second table for one capability", where));
    }
    TableReader reader(diagnostics, where, *table, entry.key_position);
    Permissions granted = read_capability(*capability, reader, SettingStyle::kGrant, folder);
    reader.finish();
    named = join(named, granted);
    permissions = join(permissions.without(*capability), granted);
  }
}

HostList read_private_hosts(TableReader& reader) {
  std::vector<HostPattern> hosts;
  for (const std::string& text :
       reader.list("private-hosts").value_or(std::vector<std::string>())) {
    Result<HostPattern> host = HostPattern::parse(text, "");
    if (host) {
      hosts.push_back(*std::move(host));
    } else {
      reader.reject("private-hosts", host.error().message());
    }
  }
  return HostList(std::move(hosts));
}

// The user that [commands] names, looked up now so that an unknown one is an error of the policy.
std::optional<SystemUser> read_command_user(Diagnostics& diagnostics, TableReader& document) {
  const TomlTable* table = document.table("commands");
  if (table == nullptr) return std::nullopt;
  TableReader reader(diagnostics, "[commands]", *table, document.position_of("commands"));
  std::optional<SystemUser> user;
  if (std::optional<std::string> name = reader.text("run_as")) {
    Result<SystemUser> found = user_named(*name);
    if (!found) {
      reader.reject("run_as", fmt::format("{}; name a user that `getent passwd` lists",
                                          found.error().to_string()));
    } else if (found->id == 0) {
      reader.reject("run_as", fmt::format("`{}` is root, and commands never run as root; name "
                                          "another user",
                                          *name));
    } else {
      user = *std::move(found);
    }
  }
  reader.finish();
  return user;
}

}  // namespace

Policy Policy::default_policy() {
  Permissions all = Permissions::unrestricted();
  Permissions granted;
  granted.runtime = RuntimePermissions{};
  granted.timing = all.timing;
  granted.random = all.random;
  granted.message_server = all.message_server;
  granted.store = all.store;
  granted.store->shared = NameList();
  granted.supervisor = all.supervisor;
  return Policy(std::move(granted));
}

Result<Policy> Policy::parse(std::string_view text, std::string_view source_name,
                             const std::filesystem::path& folder) {
  Diagnostics diagnostics{std::string(source_name)};
  TomlTable document = parse_toml(text, diagnostics);
  Permissions permissions = default_policy().permissions();
  TableReader reader(diagnostics, "the policy", document, {});
  std::vector<std::string> denied = reader.list("deny").value_or(std::vector<std::string>());
  for (const std::string& name : denied) {
    auto capability = known_capability(name, reader.position_of("deny"), diagnostics);
    if (capability) permissions = permissions.without(*capability);
  }
  if (const TomlTable* grants = reader.table("grant")) {
    refuse_granted_and_denied(*grants, denied, diagnostics);
    replace_grants(*grants, folder, diagnostics, permissions);
  }
  ManifestLimits limits = read_limits(diagnostics, reader, largest_limits());
  ManifestBudget budget = read_budget(diagnostics, reader, default_root_budget());
  RootSupervision supervision = read_root_supervision(diagnostics, reader);
  HostList private_hosts = read_private_hosts(reader);
  std::optional<SystemUser> command_user = read_command_user(diagnostics, reader);
  std::optional<uint64_t> min_free_bytes = reader.number("min-free-bytes", Unit::kBytes);
  std::vector<SecretRule> secrets = read_secrets(diagnostics, reader, folder, permissions);
  std::vector<TlsKeyPair> key_pairs = read_tls_key_pairs(diagnostics, reader, folder, permissions);
  reader.finish();
  if (!diagnostics.empty()) return Failure(diagnostics.to_error());
  Policy policy(std::move(permissions));
  policy.limits_ = limits;
  policy.root_budget_ = std::move(budget);
  policy.root_supervision_ = supervision;
  policy.private_hosts_ = std::move(private_hosts);
  policy.command_user_ = std::move(command_user);
  policy.min_free_bytes_ = min_free_bytes;
  policy.secrets_ = std::move(secrets);
  policy.tls_key_pairs_ = std::move(key_pairs);
  return policy;
}

Result<Policy> Policy::read(const std::filesystem::path& path) {
  std::string text = THEATER_TRY(read_text_file(path, kTomlSizeMax));
  Policy policy = THEATER_TRY(parse(text, path.string(), path.parent_path()));
  if (policy.secrets_.empty()) return policy;
  std::error_code failed;
  policy.file_ = std::filesystem::absolute(path, failed).lexically_normal();
  THEATER_TRY_VOID(policy.check_reach(policy.permissions_));
  return policy;
}

Result<void> Policy::check_reach(const Permissions& permissions) const {
  for (const SecretRule& secret : secrets_) {
    std::optional<std::filesystem::path> file = secret_file(secret.source);
    if (!file || !is_within_reach(*file, permissions)) continue;
    return Failure(Error(ErrorCode::kInvalidArgument,
                         fmt::format("actors could reach {}, the file of the secret `{}`",
                                     file->string(), secret.name))
                       .with_hint(std::string(kSecretReachHint)));
  }
  for (const TlsKeyPair& pair : tls_key_pairs_) {
    if (!is_within_reach(pair.private_key, permissions)) continue;
    return Failure(Error(ErrorCode::kInvalidArgument,
                         fmt::format("actors could reach {}, the key of the key pair `{}`",
                                     pair.private_key.string(), pair.name))
                       .with_hint(std::string(kSecretReachHint)));
  }
  if (file_.empty() || !is_within_reach(file_, permissions)) return {};
  return Failure(
      Error(ErrorCode::kInvalidArgument,
            fmt::format("actors could reach the policy file {}, which has secrets", file_.string()))
          .with_hint(std::string(kSecretReachHint)));
}

Result<void> Policy::add_private_host(std::string_view text) {
  HostPattern host = THEATER_TRY(HostPattern::parse(text, ""));
  private_hosts_ = join(private_hosts_, HostList({std::move(host)}));
  return {};
}

Result<void> Policy::add_grant(std::string_view text, const std::filesystem::path& folder) {
  Permissions granted = THEATER_TRY(parse_grant(text, folder));
  Permissions joined = join(permissions_, granted);
  if (!join_is_exact(permissions_, granted)) {
    Capability capability = Capability::kRuntime;
    for (Capability candidate : kCapabilities) {
      if (granted.has(candidate)) capability = candidate;
    }
    std::string before = to_grants(permissions_.only(capability)).front();
    std::string both = to_grants(joined.only(capability)).front();
    return Failure(
        Error(ErrorCode::kInvalidArgument,
              fmt::format("grant `{}` cannot be added to `{}`: together they would also allow what "
                          "neither does, because they differ in more than one setting",
                          text, before))
            .with_hint(fmt::format("if all of it is meant, grant both in one: --grant {}",
                                   shell_quoted(both))));
  }
  THEATER_TRY_VOID(check_reach(joined));
  permissions_ = std::move(joined);
  return {};
}

}  // namespace theater
