// What the operator says of an actor without a parent at its start, and what is known of it then.
#pragma once

#include "theater/base/result.h"
#include "theater/log/event/peers.h"
#include "theater/manifest/policy.h"
#include "theater/manifest/supervision.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// How a root is started. It is recorded after the actor's `genesis` (`started`), and recovery
// restores it.
struct RootRequest {
  // The operator's name for the actor, which is not the manifest's.
  std::optional<std::string> name = {};
  // When the node restarts the actor. The policy's `[supervision]` says how (Policy).
  RestartKind restart = RestartKind::kTemporary;
  // Grants for this actor beyond the policy, as text (manifest/grant.h), with absolute paths.
  std::vector<std::string> grants = {};
  std::optional<log::Once> once = {};
  log::Originator by = log::ByClient{"local"};
};

// The same of a root that exists.
struct RootInfo {
  std::optional<std::string> name;
  RestartKind restart = RestartKind::kTemporary;
  std::vector<std::string> grants;  // Canonical and sorted.
  std::optional<log::Once> once;
};

inline constexpr size_t kRootNameMax = 128;

// Fails with kInvalidArgument if the text cannot be a root's name: it is empty, longer than
// kRootNameMax bytes, no UTF-8, shaped like an id (32 hexadecimal digits), or has a `/`, a `@` or a
// control character.
Result<void> check_root_name(std::string_view name);

// The canonical texts of grants, sorted, each once. Fails as parse_grant() does.
Result<std::vector<std::string>> canonical_grants(const std::vector<std::string>& grants);

// The policy with these grants. Fails as Policy::add_grant() does.
Result<Policy> with_grants(Policy policy, const std::vector<std::string>& grants);

// What `started` records, and back. The first fails as the checks above do.
Result<log::Started> started_record(const RootRequest& request);
RootInfo root_info(const log::Started& started);

}  // namespace theater
