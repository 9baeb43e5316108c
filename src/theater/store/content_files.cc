#include "theater/store/content_files.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace theater {

namespace {

namespace fs = std::filesystem;

constexpr size_t kDigits = Hash::kSize * 2;
// What write_file() adds to the name of a file that it has not finished.
constexpr std::string_view kUnfinished = ".tmp-";

Result<std::vector<fs::path>> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  fs::directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error))
    entries.push_back(entry->path());
  if (error) return os_failure("read the folder", folder, error.value());
  std::sort(entries.begin(), entries.end());
  return entries;
}

// The content that a file of this name is, or was going to be.
std::optional<Hash> digest_of(const std::string& name) {
  std::string_view rest = std::string_view(name).substr(std::min(name.size(), kDigits));
  if (!rest.empty() && !rest.starts_with(kUnfinished)) return std::nullopt;
  Result<Hash> digest = Hash::parse(std::string_view(name).substr(0, kDigits));
  if (!digest || !name.starts_with(digest->to_string())) return std::nullopt;
  return *digest;
}

}  // namespace

Result<void> ContentFiles::prepare() const {
  return make_private_folder(folder_);
}

fs::path ContentFiles::folder_of(const Hash& digest) const {
  return folder_ / digest.to_string().substr(0, 2);
}

fs::path ContentFiles::file_of(const Hash& digest) const {
  return folder_of(digest) / digest.to_string();
}

Result<void> ContentFiles::write(const Hash& digest, ByteView content) const {
  size_t number = digest.bytes[0];
  if (!lasting_.with([&](const auto& lasting) { return lasting.test(number); })) {
    THEATER_TRY_VOID(make_one_folder(folder_of(digest)));
    THEATER_TRY_VOID(sync_folder(folder_));
    lasting_.with([&](auto& lasting) { lasting.set(number); });
  }
  return write_file(file_of(digest), content, FileMode::kPrivate);
}

Result<void> ContentFiles::remove(const Hash& digest) const {
  return remove_file(file_of(digest));
}

bool ContentFiles::has(const Hash& digest, uint64_t size) const {
  struct stat status{};
  return ::stat(file_of(digest).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         static_cast<uint64_t>(status.st_size) == size;
}

Result<Bytes> ContentFiles::read(const Hash& digest) const {
  fs::path file = file_of(digest);
  Result<Bytes> bytes = read_file(file, SIZE_MAX);
  if (!bytes && bytes.error().code() == ErrorCode::kNotFound) {
    return fail(ErrorCode::kCorrupt,
                "the content {} is missing: there is no {}; restore it from a copy",
                digest.to_string(), file.string());
  }
  if (!bytes) return bytes;
  Hash found = sha256(*bytes);
  if (found == digest) return bytes;
  return fail(ErrorCode::kCorrupt,
              "the content {} is damaged: the {} bytes of {} have the digest {}; restore it from a "
              "copy, or store the content again after the file is moved away",
              digest.to_string(), bytes->size(), file.string(), found.to_string());
}

Result<ContentFiles::Removed> ContentFiles::sweep(
    const std::function<Result<bool>(const Found&)>& decide) const {
  Removed removed;
  for (const fs::path& folder : THEATER_TRY(entries_of(folder_))) {
    // Others than these are not the store's, such as lost+found.
    if (folder.filename().string().size() != 2 || !fs::is_directory(folder)) continue;
    for (const fs::path& file : THEATER_TRY(entries_of(folder))) {
      std::optional<Hash> digest = digest_of(file.filename().string());
      if (!digest || folder_of(*digest) != folder) continue;
      std::error_code unknown;
      uint64_t size = fs::file_size(file, unknown);
      bool is_unfinished = file.filename().string().size() != kDigits;
      if (!THEATER_TRY(decide(Found{*digest, is_unfinished, [&] { return remove_file(file); }})))
        continue;
      ++removed.files;
      removed.bytes += unknown ? 0 : size;
    }
  }
  return removed;
}

}  // namespace theater
