// What actors keep by its content: stores, each a set of contents named by their SHA-256, and of
// labels that point to them.
//
//   stores/index.db           which stores there are, whose, what is in them; SQLite
//   stores/contents/ab/abc…   contents as files, named by their digest, shared by all stores
//
// A private store is used by the actor that made it. A shared one is used by every actor that is
// granted its name, and begins empty. Content stays until its store is removed, or until it has no
// label and the store's owner removes such content; collect() removes files without a store.
//
// What a function here has done is on disk when it returns, whatever happens to the process
// afterwards. A file comes before the entry that names it and goes after it, so a crash can leave
// a file too many and never one too few.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/store/content_files.h"
#include "theater/store/store_facts.h"
#include "theater/store/store_index.h"
#include "theater/store/store_names.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace theater {

// Safe from any thread. One object a folder and process that writes; the home's lock sees to that.
// Everything is slow: it waits for the disk.
//
// Everything fails with kNotFound for a private store that is not the user's, in the same words
// whether there is one or not; as Database does; and what writes, as files do: with kIo, or
// kResourceExhausted for a full disk.
class ContentStore {
 public:
  // Makes what is missing. Fails with kCorrupt or kUnsupported if the index is not one of this
  // version.
  static Result<std::unique_ptr<ContentStore>> open(const std::filesystem::path& folder);
  // While another process writes: what changes something fails. kNotFound if there are no stores.
  static Result<std::unique_ptr<ContentStore>> open_to_look(const std::filesystem::path& folder);

  // Makes a private store. Fails with kResourceExhausted past the quota. `user` is an actor.
  Result<StoreId> create(const StoreUser& user, Random& random);

  // Takes content, and sets `label` on it if there is one. Content that the store has already
  // changes nothing. Fails with kResourceExhausted past the quota; nothing is changed then.
  Result<Hash> put(const StoreUser& user, const StoreId& store, ByteView content,
                   const std::optional<Label>& label = std::nullopt);

  // Content by its digest. Fails with kNotFound if it is not in this store, with kCorrupt if its
  // file is missing or has another digest (the file stays as it is), and with kResourceExhausted
  // if it is larger than `size_max`.
  Result<Bytes> get(const StoreUser& user, const StoreId& store, const Hash& digest,
                    uint64_t size_max = std::numeric_limits<uint64_t>::max());
  Result<bool> exists(const StoreUser& user, const StoreId& store, const Hash& digest);

  // Sets a label on content of the store, also if it is on other content now. Fails with kNotFound
  // if the store has no such content.
  Result<void> set_label(const StoreUser& user, const StoreId& store, const Label& label,
                         const Hash& digest);
  Result<std::optional<Hash>> find_label(const StoreUser& user, const StoreId& store,
                                         const Label& label);
  // Does nothing if there is no such label, or it is not on `only_on`.
  Result<void> remove_label(const StoreUser& user, const StoreId& store, const Label& label,
                            const std::optional<Hash>& only_on = std::nullopt);

  // In the order of their bytes.
  Result<std::vector<LabelledContent>> labels(const StoreUser& user, const StoreId& store);
  Result<std::vector<Hash>> contents(const StoreUser& user, const StoreId& store);
  // Bytes of all contents together.
  Result<uint64_t> total_size(const StoreUser& user, const StoreId& store);

  // What a reference leads to. Fails as find_label() and get() do, and with kNotFound if there is
  // no such label.
  Result<Bytes> resolve(const StoreUser& user, const StoreReference& reference, uint64_t size_max);

  // All stores, by their ids.
  Result<std::vector<StoreFacts>> list();

  // Removes a store with all that is in it. Files stay until collect().
  Result<void> remove(const StoreId& store);

  // Removes all content of the store that no label is on, with the files that no other store needs,
  // and gives the bytes of that content. A file that cannot be removed stays until collect(). Fails
  // with kPermissionDenied for an actor and a shared store: what others have put there is not the
  // actor's to remove.
  Result<uint64_t> remove_unlabelled(const StoreUser& user, const StoreId& store);

  // Whether something is removed, or it is only counted.
  enum class Doing : uint8_t { kRemove, kCount };

  // Removes the files that no store needs, those that a crash has left among them. Others may use
  // the stores meanwhile.
  Result<ContentFiles::Removed> collect(Doing doing = Doing::kRemove);

  // The same, after remove_unlabelled() of every store. The operator's.
  struct Collected {
    uint64_t contents = 0;  // Entries of stores.
    uint64_t content_bytes = 0;
    ContentFiles::Removed files;
  };
  Result<Collected> collect_unlabelled(Doing doing = Doing::kRemove);

  // Reads all content, and calls `bad` for each that is missing or damaged. Returns how much there
  // is.
  Result<uint64_t> check(const std::function<void(const Hash&, const Error&)>& bad);

 private:
  struct State {
    explicit State(StoreIndex opened) : index(std::move(opened)) {}

    StoreIndex index;
    // Contents whose files are needed although the index does not say so yet, by how many put()
    // under way.
    std::map<Hash, uint32_t> pinned;
  };
  class Pin;
  using IsNeeded = std::function<Result<bool>(State&, const Hash&)>;

  Result<ContentFiles::Removed> sweep(Doing doing, const IsNeeded& is_needed);

  ContentStore(const std::filesystem::path& folder, StoreIndex index)
      : files_(folder / "contents"), state_(std::move(index)) {}

  ContentFiles files_;
  Guarded<State> state_;
};

}  // namespace theater
