// The stores, their owners and what is in them: the index of content_store.h.
//
// Every function is one transaction, and checks in it whether the store is the user's.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/store/database.h"
#include "theater/store/store_facts.h"
#include "theater/store/store_names.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace theater {

// Used by one thread at a time. Fails as content_store.h says.
class StoreIndex {
 public:
  static Result<StoreIndex> open(const std::filesystem::path& file, Database::Access access);

  Result<void> create(const StoreUser& user, const StoreId& id);

  // Whether the store may take this content, before its file is written. True if it has it already.
  Result<bool> has_or_takes(const StoreUser& user, const StoreId& id, const Hash& digest,
                            uint64_t size);
  // Whether any store has this content.
  Result<bool> is_held(const Hash& digest);
  // Enters content whose file is on disk, and a label on it.
  Result<void> add(const StoreUser& user, const StoreId& id, const Hash& digest, uint64_t size,
                   const std::optional<Label>& label);

  // The size of content that the store has.
  Result<std::optional<uint64_t>> find_content(const StoreUser& user, const StoreId& id,
                                               const Hash& digest);
  Result<void> set_label(const StoreUser& user, const StoreId& id, const Label& label,
                         const Hash& digest);
  Result<std::optional<Hash>> find_label(const StoreUser& user, const StoreId& id,
                                         const Label& label);
  Result<void> remove_label(const StoreUser& user, const StoreId& id, const Label& label,
                            const std::optional<Hash>& only_on);
  Result<std::vector<LabelledContent>> labels(const StoreUser& user, const StoreId& id);
  Result<std::vector<Hash>> contents(const StoreUser& user, const StoreId& id);
  // Nothing for a shared store that no actor has put anything into.
  Result<std::optional<StoreFacts>> facts(const StoreUser& user, const StoreId& id);

  // The contents of the store that no label is on; and the same, removed.
  Result<std::vector<SizedContent>> unlabelled(const StoreUser& user, const StoreId& id);
  Result<std::vector<SizedContent>> remove_unlabelled(const StoreUser& user, const StoreId& id);
  // Whether a label of any store is on this content.
  Result<bool> is_labelled(const Hash& digest);

  Result<std::vector<StoreFacts>> list();
  Result<void> remove(const StoreId& id);
  // Every content, once.
  Result<std::vector<Hash>> all_contents();

 private:
  explicit StoreIndex(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  struct Row {
    uint64_t key = 0;
    StoreFacts facts;
  };

  Result<void> prepare();
  Result<std::optional<Row>> find(const StoreUser& user, const StoreId& id);
  // Enters a shared store that is new.
  Result<Row> find_or_enter(const StoreUser& user, const StoreId& id);
  Result<void> point(const Row& row, const StoreUser& user, const Label& label, const Hash& digest);
  Result<bool> has(const Row& row, const Hash& digest);

  std::unique_ptr<Database> database_;
};

}  // namespace theater
