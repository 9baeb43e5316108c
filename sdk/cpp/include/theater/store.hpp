// Content that is kept by its digest, under labels that can be moved: theater:simple/store, and what
// Theater adds to it in theater:store/stores.
//
//   Store notes = THEATER_TRY(Store::create());          // A private one; keep notes.id().
//   ContentRef page = THEATER_TRY(notes.put_at("2026/june", text));
//   std::string again = THEATER_TRY(notes.get(page));
//
// The manifest must list the handler `store`; a store that is shared with other actors must stand
// in its `shared`, and be granted. What a call has done is on disk when it returns. Content stays
// in its store, with or without a label, until remove_unlabelled().
//
// Errors are texts for people: a store that is another actor's, a label that is none, content that
// is not there or damaged, a bound of the manifest (`max_bytes` and others), a full disk.
#pragma once

#include "theater/actor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater {

// Names content.
struct ContentRef {
  std::string hash;  // SHA-256, as 64 hexadecimal digits.

  bool operator==(const ContentRef&) const = default;
};

// A store that is named by its id. Making the object asks nobody.
class Store {
 public:
  // The id of a private store that this actor made, or the name of a shared one.
  explicit Store(std::string id) : id_(std::move(id)) {}

  // Makes a private store, which only this actor uses.
  static Result<Store> create();

  const std::string& id() const { return id_; }

  // Stores content; the same content again changes nothing.
  Result<ContentRef> put(std::string_view content) const;
  // Stores content and puts a label on it, wherever that was before.
  Result<ContentRef> put_at(std::string_view label, std::string_view content) const;
  Result<ContentRef> replace_content_at(std::string_view label, std::string_view content) const;

  Result<std::string> get(const ContentRef& content) const;
  Result<bool> exists(const ContentRef& content) const;

  // Puts a label on content of this store, wherever it was before. A label is one or more parts
  // with slashes between them, such as "2026/june".
  Status label(std::string_view label, const ContentRef& content) const;
  Status replace_at(std::string_view label, const ContentRef& content) const;
  // None if there is no such label.
  Result<std::optional<ContentRef>> find(std::string_view label) const;
  // A label that is not there is removed already.
  Status remove_label(std::string_view label) const;
  // The same, if it is on this content.
  Status remove_from_label(std::string_view label, const ContentRef& content) const;

  // By their bytes.
  Result<std::vector<std::string>> labels() const;
  Result<std::vector<ContentRef>> contents() const;
  // Bytes of all content together.
  Result<uint64_t> total_size() const;

  // Removes all content of a private store that no label is on, for good, and gives its bytes.
  Result<uint64_t> remove_unlabelled() const;

 private:
  std::string id_;
};

}  // namespace theater

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_store.hpp"
#else
#include "theater/detail/native_store.hpp"
#endif
