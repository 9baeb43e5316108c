#include "theater/actor/cell/actor_update.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <vector>

namespace theater {

Result<void> check_update(const ActorTemplate& now, const ActorTemplate& next) {
  std::vector<std::string> problems;
  auto must_equal = [&](bool is_equal, std::string_view what) {
    if (!is_equal) problems.push_back(fmt::format("it changes `{}`", what));
  };
  const Manifest& before = now.manifest;
  const Manifest& after = next.manifest;
  must_equal(before.name == after.name, "name");
  must_equal(before.state == after.state, "state");
  must_equal(before.save_chain == after.save_chain, "save_chain");
  must_equal(before.log == after.log, "[log]");
  must_equal(now.bounds == next.bounds, "[limits]");
  must_equal(now.budget == next.budget, "[budget]");
  must_equal(before.supervision == after.supervision, "[supervision]");
  must_equal(before.children == after.children, "[[child]]");
  if (!before.children.empty()) problems.emplace_back("its manifest declares children");
  for (const BoundExport& bound : now.binding->exports) {
    if (next.binding->find_export(*bound.function) == nullptr)
      problems.push_back(
          fmt::format("the new component lacks the export {}", bound.function->name.to_string()));
  }
  if (problems.empty()) return {};
  return fail(ErrorCode::kInvalidArgument, "the actor cannot take this update: {}",
              fmt::join(problems, "; "));
}

}  // namespace theater
