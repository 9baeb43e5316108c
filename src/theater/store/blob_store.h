// Content by its SHA-256: components, manifests and states, each once, as files that say by their
// name what is in them.
//
//   blobs/ab/abcdef…   the bytes with that digest
//   blobs/tmp/         what is being written
//
// A name is given only to a file that is complete and on disk, so a crash leaves a blob whole or
// not there. `put` does not wait for the disk: what it takes is kept in memory, readable at once,
// until `sync`, which the log calls before it writes an event that names the digest.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"

#include <bitset>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace theater {

// Safe from any thread. One object a folder and process; the home's lock sees to that.
class BlobStore {
 public:
  // How much may wait for sync(): a put() past it syncs by itself first.
  static constexpr uint64_t kPendingBytesMax = uint64_t{256} << 20;

  // Makes the folder if it is missing, and empties its tmp/. Fails with kIo, kResourceExhausted.
  static Result<std::unique_ptr<BlobStore>> open(const std::filesystem::path& folder,
                                                 uint64_t pending_bytes_max = kPendingBytesMax);
  // For readers while another process writes: changes nothing, and put() fails with kUnavailable. A
  // folder that is missing has no blobs. Fails with kIo if there is something else in its place.
  static Result<std::unique_ptr<BlobStore>> open_read_only(const std::filesystem::path& folder);

  BlobStore(const BlobStore&) = delete;
  BlobStore& operator=(const BlobStore&) = delete;

  // Takes `bytes` and returns their digest. Cheap if they are known. Fails as sync() does, and for
  // ever once a sync() has failed.
  Result<Hash> put(ByteView bytes);

  // Whether a put() of so many bytes would have to sync() first.
  bool would_sync(uint64_t size) const;

  // The bytes with this digest. Fails with kNotFound, or kCorrupt (naming the file) if what is
  // there has another digest.
  Result<Bytes> get(const Hash& digest) const;

  // Whether get() would find it, damaged or not.
  bool contains(const Hash& digest) const;

  // Writes everything that was put before the call to disk. Fails with kIo, or kResourceExhausted
  // for a full disk; once it has failed, every later call fails with the same error.
  Result<void> sync();
  // Whether sync() has anything to do, to wait for, or to report. Never waits for the disk.
  bool pending() const;

  // Reads every blob and calls `bad` for each that is not what its name says. Returns how many
  // there are, the damaged ones too. Fails with kIo if the folder cannot be read.
  struct Damaged {
    std::filesystem::path file;
    std::string what;
  };
  Result<uint64_t> check(const std::function<void(const Damaged&)>& bad) const;

 private:
  enum class Access : uint8_t { kReadWrite, kReadOnly };

  // Shared by the store and by those that read or write the blob without the lock: the last of them
  // lets go of it.
  using Blob = std::shared_ptr<const Bytes>;
  using Blobs = std::map<Hash, Blob>;
  // By the first byte of the digests in them.
  using Folders = std::bitset<256>;

  struct State {
    Blobs waiting;       // For a sync().
    Blobs writing;       // What a sync() that is under way took.
    uint64_t bytes = 0;  // In both.
    bool syncing = false;
    // Folders that have blobs of an earlier process, whose names may not last yet: a process can be
    // killed after it named a blob and before it synced the folder.
    Folders doubtful;
    // Folders that this process has synced, so that what an earlier one left there lasts.
    Folders synced;
    std::optional<Error> failure;

    const Blob* find(const Hash& digest) const;
  };

  BlobStore(std::filesystem::path folder, Access access, uint64_t pending_bytes_max);

  std::filesystem::path folder_of(uint8_t first_byte) const;
  std::filesystem::path file_of(const Hash& digest) const;
  std::filesystem::path temporary_folder() const { return folder_ / "tmp"; }
  bool lacks_room(const State& state, uint64_t size) const;
  bool on_disk(const Hash& digest, std::optional<uint64_t> size) const;

  // Brings the blobs to disk under their names, and makes the names in `folders` last too. Adds to
  // `folders` those that it put blobs into.
  Result<void> write(const Blobs& blobs, Folders& folders) const;

  const std::filesystem::path folder_;
  const Access access_;
  const uint64_t pending_bytes_max_;
  Guarded<State> state_;
};

}  // namespace theater
