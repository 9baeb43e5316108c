// A node's folder: everything that one node keeps, held by one process at a time.
//
//   lock                the holder's process id and command, locked while it lives
//   keys/node.ed25519   the node's signing key, 0600: the 64 hexadecimal digits of its seed
//   blobs/              blob_store.h
//   log/                the events (docs/formats/log.md)
//   damaged/            damaged logs that were accepted, and set aside (damaged_log.h of the log)
//   manifests/          manifest_origins.h of the runtime
//   dirs/               folders of actors' own, of the handler filesystem
//   stores/             content_store.h
//   chains/             chains of `memory` actors (saved_chain.h of the runtime)
//   theater.sock        where a server of the node answers (docs/reference/api.md)
//   cache/              compiled code (compiled_cache.h of the runtime); it may go at any time
//   tokens.json         digests of the tokens of clients (token_file.h of access), 0600
//   tokens.lock         locked by a process that changes the tokens
#pragma once

#include "theater/base/file_handle.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/base/signing_key.h"

#include <filesystem>
#include <memory>
#include <string>

namespace theater {

// Where things are below a home, whether or not they exist.
struct HomeLayout {
  std::filesystem::path folder;

  std::filesystem::path lock() const { return folder / "lock"; }
  std::filesystem::path key() const { return folder / "keys" / "node.ed25519"; }
  std::filesystem::path blobs() const { return folder / "blobs"; }
  std::filesystem::path log() const { return folder / "log"; }
  std::filesystem::path damaged() const { return folder / "damaged"; }
  std::filesystem::path manifests() const { return folder / "manifests"; }
  std::filesystem::path stores() const { return folder / "stores"; }
  std::filesystem::path chains() const { return folder / "chains"; }
  std::filesystem::path socket() const { return folder / "theater.sock"; }
  std::filesystem::path cache() const { return folder / "cache"; }
  std::filesystem::path tokens() const { return folder / "tokens.json"; }
  std::filesystem::path tokens_lock() const { return folder / "tokens.lock"; }
};

// Makes the home's folder with mode 0700, or checks one that is there: it must belong to the user
// of this process, and no other user may write to it, for the owner of a folder can exchange
// whatever is below it. A folder of that user that others may read or enter gets mode 0700, with a
// log line. Fails with kPermissionDenied, naming the owner or the mode and what to do, or with kIo
// or kResourceExhausted. Safe from any thread.
Result<void> make_home_folder(const std::filesystem::path& folder);

// A home that this process holds, until the object goes. Lives on any thread, used by one at a
// time.
class Home {
 public:
  // Makes what is missing: the folder, by make_home_folder() and with its errors, and the key (from
  // `random`; written, synced, then named, so that a crash leaves a whole key or none). `command`
  // is how the holder is named to others. Fails with kUnavailable if another process holds it,
  // naming that process, its command and since when; with kPermissionDenied if the key file may be
  // used by others; with kCorrupt if it is not a key; with kIo or kResourceExhausted.
  static Result<std::unique_ptr<Home>> open(const std::filesystem::path& folder, Random& random,
                                            const std::string& command);

  const HomeLayout& layout() const { return layout_; }
  const SigningKey& key() const { return key_; }

 private:
  Home(HomeLayout layout, FileHandle lock, SigningKey key)
      : layout_(std::move(layout)), lock_(std::move(lock)), key_(std::move(key)) {}

  HomeLayout layout_;
  FileHandle lock_;  // Locked as long as it is open.
  SigningKey key_;
};

// The key of a home that another process may hold. Fails with kNotFound, and as Home::open().
Result<SigningKey> read_node_key(const HomeLayout& home);

// The folder that is meant: `given` if it is not empty, else $THEATER_HOME, else ./.theater.
std::filesystem::path home_folder(const std::filesystem::path& given);

}  // namespace theater
