#include "theater/store/blob_store.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/base/hex.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

namespace theater {

namespace {

// How many files are written before the first of them is synced: the file system then often brings
// all of them to disk with the first sync.
constexpr size_t kOpenFilesMax = 64;

// What stands in a folder, by name. Fails with what errno says.
Result<std::vector<std::string>> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error) return os_failure("read the folder", folder, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> empty_folder(const std::filesystem::path& folder) {
  for (const std::string& name : THEATER_TRY(names_in(folder))) {
    std::error_code error;
    std::filesystem::remove_all(folder / name, error);
    if (error) return os_failure("remove", folder / name, error.value());
  }
  return {};
}

// How `bytes` differ from what their name says, if they do.
std::optional<std::string> damage(ByteView bytes, const Hash& digest) {
  Hash found = sha256(bytes);
  if (found == digest) return std::nullopt;
  return fmt::format("its {} bytes have the digest {}", bytes.size(), found.to_string());
}

}  // namespace

const BlobStore::Blob* BlobStore::State::find(const Hash& digest) const {
  for (const Blobs* blobs : {&waiting, &writing}) {
    auto found = blobs->find(digest);
    if (found != blobs->end()) return &found->second;
  }
  return nullptr;
}

BlobStore::BlobStore(std::filesystem::path folder, Access access, uint64_t pending_bytes_max)
    : folder_(std::move(folder)), access_(access), pending_bytes_max_(pending_bytes_max) {}

Result<std::unique_ptr<BlobStore>> BlobStore::open(const std::filesystem::path& folder,
                                                   uint64_t pending_bytes_max) {
  std::unique_ptr<BlobStore> store(
      new BlobStore(folder, Access::kReadWrite, pending_bytes_max));  // tidy: owned by `store`
  THEATER_TRY_VOID(make_private_folder(store->temporary_folder()));
  THEATER_TRY_VOID(empty_folder(store->temporary_folder()));
  // An earlier process may have been killed between making a folder here and making its name last.
  THEATER_TRY_VOID(sync_folder(folder));
  return store;
}

Result<std::unique_ptr<BlobStore>> BlobStore::open_read_only(const std::filesystem::path& folder) {
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0) {
    if (errno != ENOENT) return os_failure("look at", folder, errno);
  } else if (!S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::kIo, "{} is not a folder", folder.string());
  }
  return std::unique_ptr<BlobStore>(
      new BlobStore(folder, Access::kReadOnly, 0));  // tidy: owned by the unique_ptr
}

std::filesystem::path BlobStore::folder_of(uint8_t first_byte) const {
  return folder_ / to_hex(ByteView(&first_byte, 1));
}

std::filesystem::path BlobStore::file_of(const Hash& digest) const {
  return folder_of(digest.bytes[0]) / digest.to_string();
}

bool BlobStore::on_disk(const Hash& digest, std::optional<uint64_t> size) const {
  struct stat status{};
  return ::stat(file_of(digest).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         (!size || static_cast<uint64_t>(status.st_size) == *size);
}

bool BlobStore::would_sync(uint64_t size) const {
  return state_.with([&](const State& state) { return lacks_room(state, size); });
}

// One that is larger than the bound has all the room for itself.
bool BlobStore::lacks_room(const State& state, uint64_t size) const {
  return state.bytes > 0 && state.bytes + size > pending_bytes_max_;
}

Result<Hash> BlobStore::put(ByteView bytes) {
  if (access_ == Access::kReadOnly) {
    return fail(ErrorCode::kUnavailable, "the blobs in {} are open for reading only",
                folder_.string());
  }
  Hash digest = sha256(bytes);
  auto known = [&](const State& state) { return !state.failure && state.find(digest) != nullptr; };
  if (state_.with(known)) return digest;

  // A file of another size is damaged, and is written again.
  bool stored = on_disk(digest, bytes.size());
  Blob blob = stored ? nullptr : std::make_shared<const Bytes>(to_bytes(bytes));
  auto take = [&](State& state) -> Result<bool> {
    if (state.failure) return Failure(*state.failure);
    if (state.find(digest) != nullptr) return true;
    if (stored) {
      if (!state.synced.test(digest.bytes[0])) state.doubtful.set(digest.bytes[0]);
      return true;
    }
    if (lacks_room(state, bytes.size())) return false;
    state.waiting.emplace(digest, blob);
    state.bytes += bytes.size();
    return true;
  };
  while (!THEATER_TRY(state_.with(take)))
    THEATER_TRY_VOID(sync());
  return digest;
}

Result<Bytes> BlobStore::get(const Hash& digest) const {
  Blob blob = state_.with([&](const State& state) {
    const Blob* found = state.find(digest);
    return found == nullptr ? nullptr : *found;
  });
  if (blob != nullptr) return *blob;
  std::filesystem::path file = file_of(digest);
  Result<Bytes> bytes = read_file(file, SIZE_MAX);
  if (!bytes && bytes.error().code() == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound, "there is no blob {} in {}", digest.to_string(),
                folder_.string());
  }
  if (!bytes) return bytes;
  if (std::optional<std::string> what = damage(*bytes, digest)) {
    return fail(ErrorCode::kCorrupt, "blob {} is damaged: {}; restore it from a copy",
                file.string(), *what);
  }
  return bytes;
}

bool BlobStore::contains(const Hash& digest) const {
  return state_.with([&](const State& state) { return state.find(digest) != nullptr; }) ||
         on_disk(digest, std::nullopt);
}

bool BlobStore::pending() const {
  return state_.with([](const State& state) {
    return state.syncing || state.failure || !state.waiting.empty() || state.doubtful.any();
  });
}

Result<void> BlobStore::sync() {
  // One at a time. What another one has under way may not have everything that was put before this
  // call; what is left when that is done has.
  Blobs blobs;
  Folders folders;
  std::optional<Error> failure;
  bool work = state_.wait([](const State& state) { return !state.syncing; },
                          [&](State& state) {
                            failure = state.failure;
                            bool some = !state.waiting.empty() || state.doubtful.any();
                            if (failure || !some) return false;
                            state.syncing = true;
                            state.writing = std::exchange(state.waiting, {});
                            blobs = state.writing;
                            folders = std::exchange(state.doubtful, {});
                            return true;
                          });
  if (failure) return Failure(std::move(*failure));
  if (!work) return {};

  Result<void> written = write(blobs, folders);
  state_.with([&](State& state) {
    state.syncing = false;
    if (!written) {
      // What is in memory stays there, so that it can still be read.
      state.failure = written.error();
      return;
    }
    for (const auto& [digest, blob] : blobs)
      state.bytes -= blob->size();
    state.writing.clear();
    state.synced |= folders;
  });
  state_.notify_all();
  return written;
}

Result<void> BlobStore::write(const Blobs& blobs, Folders& folders) const {
  bool made_folder = false;
  for (auto next = blobs.begin(); next != blobs.end();) {
    auto first = next;
    std::vector<FileHandle> files;
    for (; next != blobs.end() && files.size() < kOpenFilesMax; ++next) {
      const auto& [digest, blob] = *next;
      files.push_back(THEATER_TRY(
          FileHandle::open(temporary_folder() / digest.to_string(), OpenMode::kCreateExclusive)));
      THEATER_TRY_VOID(files.back().write_at(0, *blob));
    }
    for (FileHandle& file : files)
      THEATER_TRY_VOID(file.sync());
    for (const FileHandle& file : files) {
      const Hash& digest = (first++)->first;
      uint8_t byte = digest.bytes[0];
      if (!folders.test(byte) && THEATER_TRY(make_one_folder(folder_of(byte)))) made_folder = true;
      folders.set(byte);
      THEATER_TRY_VOID(rename_file(file.path(), file_of(digest)));
    }
  }
  if (made_folder) THEATER_TRY_VOID(sync_folder(folder_));
  for (size_t byte = 0; byte < folders.size(); ++byte) {
    if (folders.test(byte)) {
      THEATER_TRY_VOID(sync_folder(folder_of(static_cast<uint8_t>(byte))));
    }
  }
  return {};
}

Result<uint64_t> BlobStore::check(const std::function<void(const Damaged&)>& bad) const {
  Result<std::vector<std::string>> names = names_in(folder_);
  if (!names && names.error().code() == ErrorCode::kNotFound) return uint64_t{0};
  if (!names) return Failure(std::move(names).error());
  uint64_t count = 0;
  for (int byte = 0; byte < 256; ++byte) {
    std::filesystem::path folder = folder_of(static_cast<uint8_t>(byte));
    // Others than these 256 are not the store's, such as lost+found.
    if (!std::binary_search(names->begin(), names->end(), folder.filename().string())) continue;
    Result<std::vector<std::string>> files = names_in(folder);
    if (!files) {
      bad({folder, files.error().to_string()});
      continue;
    }
    for (const std::string& name : *files) {
      ++count;
      Result<Hash> digest = Hash::parse(name);
      if (!digest || file_of(*digest) != folder / name) {
        bad({folder / name, "is not the name of a blob"});
        continue;
      }
      Result<Bytes> bytes = read_file(folder / name, SIZE_MAX);
      std::optional<std::string> what =
          bytes ? damage(*bytes, *digest) : std::optional(bytes.error().to_string());
      if (what) bad({folder / name, *what});
    }
  }
  return count;
}

}  // namespace theater
