#include "theater/access/scope.h"

#include <fmt/format.h>

namespace theater {

std::string_view scope_name(AccessScope scope) {
  switch (scope) {
    case AccessScope::kObserve:
      return "observe";
    case AccessScope::kRead:
      return "read";
    case AccessScope::kOperate:
      return "operate";
    case AccessScope::kAdmin:
      return "admin";
  }
  return "observe";
}

Result<AccessScope> parse_scope(std::string_view text) {
  for (AccessScope scope : kAccessScopes) {
    if (text == scope_name(scope)) return scope;
  }
  return fail(ErrorCode::kInvalidArgument, "no scope `{}`: it is observe, read, operate or admin",
              text);
}

}  // namespace theater
