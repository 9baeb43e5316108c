#include "theater/manifest/pinned_program.h"

#include <algorithm>

namespace theater {

Result<PinnedProgram> PinnedProgram::parse(std::string_view text) {
  constexpr std::string_view kDigest = "sha256=";
  size_t mark = text.find('#');
  if (mark == std::string_view::npos) return PinnedProgram{std::string(text), std::nullopt};
  std::string_view bound = text.substr(mark + 1);
  Result<Hash> digest = Hash::parse(bound.substr(std::min(kDigest.size(), bound.size())));
  if (mark == 0 || !bound.starts_with(kDigest) || !digest) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: a program is bound to a digest by `#sha256=` and 64 hexadecimal digits, as "
                "sha256sum prints them",
                text);
  }
  return PinnedProgram{std::string(text.substr(0, mark)), *digest};
}

}  // namespace theater
