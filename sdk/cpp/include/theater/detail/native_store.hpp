// store.hpp in a unit test: stores in Host::stores, with digests that are not SHA-256 but, as they,
// the same for the same content.
#pragma once

#include "theater/detail/native_host.hpp"

#include <functional>
#include <iterator>

namespace theater::testing {

inline std::string digest_of(std::string_view content) {
  std::string digits;
  for (char salt : {'a', 'b', 'c', 'd'}) {
    uint64_t half = std::hash<std::string>()(salt + std::string(content));
    for (int i = 0; i < 16; ++i)
      digits += "0123456789abcdef"[(half >> (4 * i)) & 0xf];
  }
  return digits;
}

// A shared store is there from the beginning; a private one once it was made.
inline Result<StoredContents*> find_store(const std::string& id) {
  Host& host = Host::current();
  auto found = host.stores.find(id);
  if (found != host.stores.end()) return &found->second;
  return fail(id + " is no store of this actor");
}

inline Status put_label(StoredContents& store, std::string_view label, const ContentRef& content) {
  if (!store.contents.contains(content.hash)) {
    return fail("Content does not exist: " + content.hash);
  }
  store.labels[std::string(label)] = content.hash;
  return {};
}

}  // namespace theater::testing

namespace theater {

inline Result<Store> Store::create() {
  auto& stores = testing::Host::current().stores;
  std::string number = std::to_string(stores.size());
  std::string id = std::string(32 - number.size(), '0') + number;
  stores[id] = {};
  return Store(id);
}

inline Result<ContentRef> Store::put(std::string_view content) const {
  auto* store = THEATER_TRY(testing::find_store(id_));
  ContentRef ref{testing::digest_of(content)};
  store->contents[ref.hash] = content;
  return ref;
}

inline Result<ContentRef> Store::put_at(std::string_view label, std::string_view content) const {
  ContentRef ref = THEATER_TRY(put(content));
  THEATER_TRY(this->label(label, ref));
  return ref;
}

inline Result<ContentRef> Store::replace_content_at(std::string_view label,
                                                    std::string_view content) const {
  return put_at(label, content);
}

inline Result<std::string> Store::get(const ContentRef& content) const {
  auto* store = THEATER_TRY(testing::find_store(id_));
  auto found = store->contents.find(content.hash);
  if (found == store->contents.end()) return fail("Content does not exist: " + content.hash);
  return found->second;
}

inline Result<bool> Store::exists(const ContentRef& content) const {
  auto* store = THEATER_TRY(testing::find_store(id_));
  return store->contents.contains(content.hash);
}

inline Status Store::label(std::string_view label, const ContentRef& content) const {
  return testing::put_label(*THEATER_TRY(testing::find_store(id_)), label, content);
}

inline Status Store::replace_at(std::string_view label, const ContentRef& content) const {
  return this->label(label, content);
}

inline Result<std::optional<ContentRef>> Store::find(std::string_view label) const {
  auto* store = THEATER_TRY(testing::find_store(id_));
  auto found = store->labels.find(std::string(label));
  if (found == store->labels.end()) return std::optional<ContentRef>();
  return std::optional(ContentRef{found->second});
}

inline Status Store::remove_label(std::string_view label) const {
  auto* store = THEATER_TRY(testing::find_store(id_));
  store->labels.erase(std::string(label));
  return {};
}

inline Status Store::remove_from_label(std::string_view label, const ContentRef& content) const {
  auto on = THEATER_TRY(find(label));
  if (on != content) return {};
  return remove_label(label);
}

inline Result<std::vector<std::string>> Store::labels() const {
  auto* store = THEATER_TRY(testing::find_store(id_));
  std::vector<std::string> all;
  for (const auto& [label, hash] : store->labels)
    all.push_back(label);
  return all;
}

inline Result<std::vector<ContentRef>> Store::contents() const {
  auto* store = THEATER_TRY(testing::find_store(id_));
  std::vector<ContentRef> all;
  for (const auto& [hash, content] : store->contents)
    all.push_back({hash});
  return all;
}

inline Result<uint64_t> Store::total_size() const {
  auto* store = THEATER_TRY(testing::find_store(id_));
  uint64_t size = 0;
  for (const auto& [hash, content] : store->contents)
    size += content.size();
  return size;
}

inline Result<uint64_t> Store::remove_unlabelled() const {
  auto* store = THEATER_TRY(testing::find_store(id_));
  uint64_t size = 0;
  for (auto at = store->contents.begin(); at != store->contents.end();) {
    bool is_labelled = false;
    for (const auto& [label, hash] : store->labels)
      is_labelled = is_labelled || hash == at->first;
    if (!is_labelled) size += at->second.size();
    at = is_labelled ? std::next(at) : store->contents.erase(at);
  }
  return size;
}

}  // namespace theater
