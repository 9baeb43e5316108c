#include "theater/cli/toolchain/sdk_link.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"

#include <unistd.h>

#include <string>

namespace theater::cli {

namespace fs = std::filesystem;

bool names_sdk_link(const fs::path& package_file) {
  Result<std::string> text = read_text_file(package_file);
  return text && text->find(std::string(kSdkLink) + "/") != std::string::npos;
}

Result<void> link_sdk(const fs::path& folder, const fs::path& sdk) {
  fs::path link = folder / kSdkLink;
  std::error_code error;
  fs::path target = fs::absolute(sdk, error);
  fs::file_status status = fs::symlink_status(link, error);
  if (status.type() == fs::file_type::directory) return {};
  if (status.type() == fs::file_type::symlink) {
    if (fs::read_symlink(link, error) == target) return {};
  } else if (status.type() != fs::file_type::not_found) {
    return Failure(
        Error(ErrorCode::kAlreadyExists, fmt::format("{} is no link to the SDK", link.string()))
            .with_hint("remove it: the command makes a link of that name"));
  }
  // Two builds of one folder may do this at a time: each makes a link of its own, and one of them
  // keeps the name.
  fs::path draft = folder / fmt::format(".{}-{}", kSdkLink, ::getpid());
  fs::remove(draft, error);
  fs::create_directory_symlink(target, draft, error);
  if (error) return os_failure("make the link", draft, error.value());
  fs::rename(draft, link, error);
  if (error) {
    std::error_code ignored;
    fs::remove(draft, ignored);
    return os_failure("make the link", link, error.value());
  }
  return {};
}

}  // namespace theater::cli
