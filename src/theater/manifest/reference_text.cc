#include "theater/manifest/reference_text.h"

#include "theater/manifest/allow_list.h"

namespace theater {

bool has_scheme(std::string_view text) {
  return text.find("://") != text.npos;
}

Result<void> check_reference(std::string_view text) {
  for (std::string_view scheme : {"https://", "http://", "store://"})
    if (text.starts_with(scheme)) return {};
  if (has_scheme(text)) {
    return fail(ErrorCode::kInvalidArgument,
                "it is neither a path nor an address that begins with https://, http:// or "
                "store://");
  }
  THEATER_TRY_VOID(referenced_file(text, "/"));
  return {};
}

Result<std::filesystem::path> referenced_file(std::string_view text,
                                              const std::filesystem::path& folder) {
  if (text.empty() || text == "*" || has_scheme(text)) {
    return fail(ErrorCode::kInvalidArgument, "this names no file");
  }
  PathPattern path = THEATER_TRY(PathPattern::parse(text, folder));
  return std::filesystem::path(path.text);
}

}  // namespace theater
