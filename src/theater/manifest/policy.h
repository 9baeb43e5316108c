// The operator's policy: the most that any actor of this node may do.
//
// It starts from the default policy, which grants the capabilities that stay inside the node:
// runtime (without system information), timing, random, message-server, store (without shared ones)
// and supervisor. A policy file replaces or takes away capabilities; grants add to it. Only the
// operator writes either, so only here does a list that is left out mean "unrestricted".
#pragma once

#include "theater/base/result.h"
#include "theater/base/system_user.h"
#include "theater/manifest/allow_list.h"
#include "theater/manifest/budget.h"
#include "theater/manifest/limits.h"
#include "theater/manifest/permissions.h"
#include "theater/manifest/secret.h"
#include "theater/manifest/supervision.h"
#include "theater/manifest/tls_key_pair.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Value type.
class Policy final {
 public:
  explicit Policy(Permissions permissions) : permissions_(std::move(permissions)) {}

  static Policy default_policy();

  // Reads the text of a policy file; relative paths are taken below `folder`. Fails with
  // kInvalidArgument and all that is wrong, as "source_name:line:column: …".
  static Result<Policy> parse(std::string_view text, std::string_view source_name,
                              const std::filesystem::path& folder);

  // The same of a file. Fails with kNotFound or kIo too.
  static Result<Policy> read(const std::filesystem::path& path);

  // Adds a grant as written behind --grant. Fails with kInvalidArgument if it cannot be read, or if
  // it cannot be added to what is granted without also allowing something that neither allows, or if
  // actors could then reach the file of a secret.
  Result<void> add_grant(std::string_view text, const std::filesystem::path& folder);

  const Permissions& permissions() const { return permissions_; }

  // The most that any actor may have of each limit, whatever its manifest says.
  const ManifestLimits& limits() const { return limits_; }

  // What any actor without a parent may use up at most, together with its descendants.
  const ManifestBudget& root_budget() const { return root_budget_; }

  // How the node restarts the actors without a parent that it must restart.
  const RootSupervision& root_supervision() const { return root_supervision_; }

  // Which hosts of http(s) references may have addresses that are not public: in this machine, or
  // in the networks that it is in. None, unless the policy says so. It grants nothing to anybody
  // who may not read from the host in the first place.
  const HostList& private_hosts() const { return private_hosts_; }

  // The bytes on the file system of the node's home that guests leave free; none for the default
  // (DiskWatch), and 0 for all of it.
  const std::optional<uint64_t>& min_free_bytes() const { return min_free_bytes_; }

  // Adds one, as written behind --private-host. Fails with kInvalidArgument.
  Result<void> add_private_host(std::string_view text);

  // The user as whom a node that is root runs commands (`run_as` below [commands]); never root.
  // None: the owner of the folder that the command works in.
  const std::optional<SystemUser>& command_user() const { return command_user_; }

  // The operator's secrets, in the order of the file; their names are unique. No file of theirs, and
  // no policy file that has any, lies where a grant lets actors reach it.
  const std::vector<SecretRule>& secrets() const { return secrets_; }

  // The operator's key pairs for servers of actors, in the order of the file; their names are unique,
  // and no key lies where a grant lets actors reach it.
  const std::vector<TlsKeyPair>& tls_key_pairs() const { return tls_key_pairs_; }

  bool operator==(const Policy&) const = default;

 private:
  // Fails with kInvalidArgument if actors with these permissions could reach the file of a secret, or a
  // key.
  Result<void> check_reach(const Permissions& permissions) const;

  Permissions permissions_;
  ManifestLimits limits_ = largest_limits();
  ManifestBudget root_budget_ = default_root_budget();
  RootSupervision root_supervision_;
  HostList private_hosts_;
  std::optional<SystemUser> command_user_;
  std::optional<uint64_t> min_free_bytes_;
  std::vector<SecretRule> secrets_;
  std::vector<TlsKeyPair> tls_key_pairs_;
  std::filesystem::path file_;  // The policy file of secrets; empty if there are none.
};

}  // namespace theater
