#include "theater/cli/target.h"

#include <system_error>

namespace theater::cli {

namespace fs = std::filesystem;

Result<fs::path> manifest_path(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    if (!fs::exists(path, ignored)) return fail(ErrorCode::kNotFound, "no file {}", path.string());
    return path;
  }
  fs::path manifest = path / "manifest.toml";
  if (fs::exists(manifest, ignored)) return manifest;
  return fail(ErrorCode::kNotFound, "the folder {} has no manifest.toml", path.string());
}

fs::path folder_of(const fs::path& file) {
  std::error_code failed;
  fs::path absolute = fs::absolute(file, failed);
  return failed ? file.parent_path() : absolute.parent_path();
}

bool names_manifest(const fs::path& path) {
  std::error_code ignored;
  return path.extension() == ".toml" || fs::is_directory(path, ignored);
}

Result<Manifest> read_named_manifest(const fs::path& path) {
  fs::path file = THEATER_TRY(manifest_path(path));
  return read_manifest(file, keep_placeholder);
}

Result<Policy> operator_policy(const PolicyArguments& arguments) {
  Policy policy =
      arguments.policy ? THEATER_TRY(Policy::read(*arguments.policy)) : Policy::default_policy();
  std::error_code failed;
  fs::path here = fs::current_path(failed);
  if (failed) return fail(ErrorCode::kIo, "the current folder is gone: {}", failed.message());
  for (const std::string& grant : arguments.grants) {
    auto added = policy.add_grant(grant, here);
    if (!added) {
      return Failure(std::move(added).error().with_context(fmt::format("--grant {}", grant)));
    }
  }
  return policy;
}

bool is_wrong_use(const Error& policy_error) {
  const std::vector<std::string>& context = policy_error.context();
  return !context.empty() && context.back().starts_with("--grant ");
}

}  // namespace theater::cli
