// What the holder of a token may do. Each scope includes the one before it.
#pragma once

#include "theater/base/result.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace theater {

enum class AccessScope : uint8_t {
  kObserve,  // Health, metrics and states of actors; nothing that they said.
  kRead,     // What is on record, too.
  kOperate,  // Talks to actors, starts and ends them within the policy, too.
  kAdmin,    // Everything.
};

inline constexpr std::array<AccessScope, 4> kAccessScopes = {
    AccessScope::kObserve, AccessScope::kRead, AccessScope::kOperate, AccessScope::kAdmin};

// Whether a holder of `has` may do what needs `needs`.
inline bool includes(AccessScope has, AccessScope needs) {
  return has >= needs;
}

// "observe", "read", "operate" or "admin".
std::string_view scope_name(AccessScope scope);

// Fails with kInvalidArgument, listing the scopes.
Result<AccessScope> parse_scope(std::string_view text);

}  // namespace theater
