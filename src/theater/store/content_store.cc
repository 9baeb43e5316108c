#include "theater/store/content_store.h"

#include "theater/base/file_handle.h"

#include <string>

namespace theater {

namespace {

constexpr const char* kIndexFile = "index.db";

}  // namespace

// Keeps the file of a content from collect() while it has no entry yet.
class ContentStore::Pin {
 public:
  Pin(Guarded<State>& guarded, const Hash& digest) : state_(guarded), digest_(digest) {
    state_.with([&](State& state) { ++state.pinned[digest_]; });
  }
  ~Pin() {
    state_.with([&](State& state) {
      auto pinned = state.pinned.find(digest_);
      if (--pinned->second == 0) state.pinned.erase(pinned);
    });
  }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

 private:
  Guarded<State>& state_;
  const Hash digest_;
};

Result<std::unique_ptr<ContentStore>> ContentStore::open(const std::filesystem::path& folder) {
  THEATER_TRY_VOID(make_private_folder(folder));
  THEATER_TRY_VOID(ContentFiles(folder / "contents").prepare());
  {
    // Made here, so that it and what SQLite puts next to it are for the owner alone.
    FileHandle made = THEATER_TRY(FileHandle::open(folder / kIndexFile, OpenMode::kCreate));
  }
  StoreIndex index = THEATER_TRY(StoreIndex::open(folder / kIndexFile, Database::Access::kCreate));
  THEATER_TRY_VOID(sync_folder(folder));
  return std::unique_ptr<ContentStore>(
      new ContentStore(folder, std::move(index)));  // tidy: owned by the unique_ptr
}

Result<std::unique_ptr<ContentStore>> ContentStore::open_to_look(
    const std::filesystem::path& folder) {
  StoreIndex index = THEATER_TRY(StoreIndex::open(folder / kIndexFile, Database::Access::kLook));
  return std::unique_ptr<ContentStore>(
      new ContentStore(folder, std::move(index)));  // tidy: owned by the unique_ptr
}

Result<StoreId> ContentStore::create(const StoreUser& user, Random& random) {
  StoreId id = StoreId::generate(random);
  THEATER_TRY_VOID(state_.with([&](State& state) { return state.index.create(user, id); }));
  return id;
}

Result<Hash> ContentStore::put(const StoreUser& user, const StoreId& store, ByteView content,
                               const std::optional<Label>& label) {
  Hash digest = sha256(content);
  Pin pin(state_, digest);
  bool has_it = THEATER_TRY(state_.with(
      [&](State& state) { return state.index.has_or_takes(user, store, digest, content.size()); }));
  bool is_held =
      has_it || THEATER_TRY(state_.with([&](State& state) { return state.index.is_held(digest); }));
  // A file that no entry names may be of a process that was killed before the name was on disk, and
  // one of another size is damaged.
  if (!is_held || !files_.has(digest, content.size())) {
    THEATER_TRY_VOID(files_.write(digest, content));
  }
  if (has_it && !label) return digest;
  THEATER_TRY_VOID(state_.with(
      [&](State& state) { return state.index.add(user, store, digest, content.size(), label); }));
  return digest;
}

Result<Bytes> ContentStore::get(const StoreUser& user, const StoreId& store, const Hash& digest,
                                uint64_t size_max) {
  auto size = THEATER_TRY(
      state_.with([&](State& state) { return state.index.find_content(user, store, digest); }));
  if (!size) {
    return fail(ErrorCode::kNotFound, "Content does not exist: {}", digest.to_string());
  }
  if (*size > size_max) {
    return fail(ErrorCode::kResourceExhausted, "the content {} has {} bytes; at most {} are read",
                digest.to_string(), *size, size_max);
  }
  return files_.read(digest);
}

Result<bool> ContentStore::exists(const StoreUser& user, const StoreId& store, const Hash& digest) {
  auto size = THEATER_TRY(
      state_.with([&](State& state) { return state.index.find_content(user, store, digest); }));
  return size.has_value();
}

Result<void> ContentStore::set_label(const StoreUser& user, const StoreId& store,
                                     const Label& label, const Hash& digest) {
  return state_.with(
      [&](State& state) { return state.index.set_label(user, store, label, digest); });
}

Result<std::optional<Hash>> ContentStore::find_label(const StoreUser& user, const StoreId& store,
                                                     const Label& label) {
  return state_.with([&](State& state) { return state.index.find_label(user, store, label); });
}

Result<void> ContentStore::remove_label(const StoreUser& user, const StoreId& store,
                                        const Label& label, const std::optional<Hash>& only_on) {
  return state_.with(
      [&](State& state) { return state.index.remove_label(user, store, label, only_on); });
}

Result<std::vector<LabelledContent>> ContentStore::labels(const StoreUser& user,
                                                          const StoreId& store) {
  return state_.with([&](State& state) { return state.index.labels(user, store); });
}

Result<std::vector<Hash>> ContentStore::contents(const StoreUser& user, const StoreId& store) {
  return state_.with([&](State& state) { return state.index.contents(user, store); });
}

Result<uint64_t> ContentStore::total_size(const StoreUser& user, const StoreId& store) {
  auto facts =
      THEATER_TRY(state_.with([&](State& state) { return state.index.facts(user, store); }));
  return facts ? facts->bytes : 0;
}

Result<Bytes> ContentStore::resolve(const StoreUser& user, const StoreReference& reference,
                                    uint64_t size_max) {
  if (const Hash* digest = std::get_if<Hash>(&reference.content)) {
    return get(user, reference.store, *digest, size_max);
  }
  const Label& label = std::get<Label>(reference.content);
  auto digest = THEATER_TRY(find_label(user, reference.store, label));
  if (!digest) return fail(ErrorCode::kNotFound, "Label not found: {}", label.text());
  return get(user, reference.store, *digest, size_max);
}

Result<std::vector<StoreFacts>> ContentStore::list() {
  return state_.with([](State& state) { return state.index.list(); });
}

Result<void> ContentStore::remove(const StoreId& store) {
  return state_.with([&](State& state) { return state.index.remove(store); });
}

Result<uint64_t> ContentStore::remove_unlabelled(const StoreUser& user, const StoreId& store) {
  if (user.actor && store.is_shared()) {
    return fail(ErrorCode::kPermissionDenied,
                "store {} is shared, so the operator empties it: `theater store gc --unlabelled`",
                store.text());
  }
  std::vector<SizedContent> removed = THEATER_TRY(
      state_.with([&](State& state) { return state.index.remove_unlabelled(user, store); }));
  uint64_t size = 0;
  for (const SizedContent& one : removed) {
    size += one.size;
    // The entry is gone, and collect() removes a file that stays.
    (void)state_.with([&](State& state) -> Result<void> {
      if (state.pinned.contains(one.digest)) return {};
      if (THEATER_TRY(state.index.is_held(one.digest))) return {};
      return files_.remove(one.digest);
    });
  }
  return size;
}

Result<ContentFiles::Removed> ContentStore::collect(Doing doing) {
  return sweep(doing, [](State& state, const Hash& digest) { return state.index.is_held(digest); });
}

Result<ContentStore::Collected> ContentStore::collect_unlabelled(Doing doing) {
  Collected collected;
  for (const StoreFacts& store : THEATER_TRY(list())) {
    auto contents = THEATER_TRY(state_.with([&](State& state) {
      return doing == Doing::kRemove ? state.index.remove_unlabelled({}, store.id)
                                     : state.index.unlabelled({}, store.id);
    }));
    collected.contents += contents.size();
    for (const SizedContent& one : contents)
      collected.content_bytes += one.size;
  }
  collected.files = THEATER_TRY(sweep(
      doing, [](State& state, const Hash& digest) { return state.index.is_labelled(digest); }));
  return collected;
}

Result<ContentFiles::Removed> ContentStore::sweep(Doing doing, const IsNeeded& is_needed) {
  return files_.sweep([&](const ContentFiles::Found& file) {
    // The file goes while no other thread can pin it or enter it.
    return state_.with([&](State& state) -> Result<bool> {
      if (state.pinned.contains(file.digest)) return false;
      if (!file.is_unfinished && THEATER_TRY(is_needed(state, file.digest))) return false;
      if (doing == Doing::kCount) return true;
      Result<void> removed = file.remove();
      // An unfinished one may have got its name since it was seen.
      if (!removed && removed.error().code() == ErrorCode::kNotFound) return false;
      THEATER_TRY_VOID(std::move(removed));
      return true;
    });
  });
}

Result<uint64_t> ContentStore::check(const std::function<void(const Hash&, const Error&)>& bad) {
  auto all = THEATER_TRY(state_.with([](State& state) { return state.index.all_contents(); }));
  for (const Hash& digest : all) {
    Result<Bytes> content = files_.read(digest);
    if (!content) bad(digest, content.error());
  }
  return all.size();
}

}  // namespace theater
