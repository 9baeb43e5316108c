#include "score_sheet.h"

#include "theater/base/file_handle.h"

#include <algorithm>

namespace theater {

namespace {

Result<void> append(const std::filesystem::path& path, std::string_view line) {
  THEATER_TRY_VOID(make_private_folder(path.parent_path()));
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kCreate));
  uint64_t size = THEATER_TRY(file.size());
  THEATER_TRY_VOID(file.write_at(size, as_bytes(std::string(line) + "\n")));
  THEATER_TRY_VOID(file.sync());
  return sync_folder(path.parent_path());
}

}  // namespace

tl::expected<void, std::string> ScoreSheet::check(std::string_view line) {
  if (line.empty() || line.size() > kLineSizeMax) {
    return tl::unexpected(
        fmt::format("a score has 1 to {} bytes, and not {}", kLineSizeMax, line.size()));
  }
  auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(line.begin(), line.end(), is_control)) {
    return tl::unexpected(
        std::string("a score is one line of text, without tabs and other control characters"));
  }
  return {};
}

tl::expected<void, std::string> ScoreSheet::add(std::string_view line) {
  Result<void> added =
      file_.with([&](const std::filesystem::path& file) { return append(file, line); });
  if (!added) return tl::unexpected(added.error().message());
  return {};
}

}  // namespace theater
