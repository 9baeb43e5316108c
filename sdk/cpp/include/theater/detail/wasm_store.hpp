// store.hpp in a guest.
#pragma once

#include "theater/detail/wasm_memory.hpp"

namespace theater::detail {

// result<option<content-ref>, string>: the discriminant, then the error's data and size, or the
// option's discriminant, data and size.
struct RawFound {
  uint8_t tag;
  uint32_t words[3];
};

// result<u64, string>.
struct RawSize {
  uint8_t tag;
  union {
    uint64_t size;
    Span error;
  };
};

static_assert(sizeof(RawFound) == 16 && sizeof(RawSize) == 16);

inline std::string take_words(const uint32_t* words) {
  return Span{reinterpret_cast<const char*>(static_cast<uintptr_t>(words[0])), words[1]}.take();
}

inline Result<ContentRef> take_ref(const Tagged& out) {
  return ContentRef{THEATER_TRY(out.take_result())};
}

// A list<string>, or a list of records with one.
inline Result<std::vector<std::string>> take_list(const Tagged& out) {
  if (out.tag != 0) return fail(out.payload.take());
  auto* items = reinterpret_cast<Span*>(const_cast<char*>(out.payload.data));
  return RawStrings{items, out.payload.size}.take();
}

THEATER_DETAIL_IMPORT("store", "new") void theater_raw_store_new(Tagged*);
THEATER_DETAIL_IMPORT("store", "store")
void theater_raw_store_store(const char* id, size_t id_size, const char* content, size_t size,
                             Tagged*);
THEATER_DETAIL_IMPORT("store", "get")
void theater_raw_store_get(const char* id, size_t id_size, const char* hash, size_t size, Tagged*);
THEATER_DETAIL_IMPORT("store", "exists")
void theater_raw_store_exists(const char* id, size_t id_size, const char* hash, size_t size,
                              Tagged*);
THEATER_DETAIL_IMPORT("store", "label")
void theater_raw_store_label(const char* id, size_t id_size, const char* label, size_t label_size,
                             const char* hash, size_t size, Tagged*);
THEATER_DETAIL_IMPORT("store", "get-by-label")
void theater_raw_store_get_by_label(const char* id, size_t id_size, const char* label, size_t size,
                                    RawFound*);
THEATER_DETAIL_IMPORT("store", "remove-label")
void theater_raw_store_remove_label(const char* id, size_t id_size, const char* label, size_t size,
                                    Tagged*);
THEATER_DETAIL_IMPORT("store", "remove-from-label")
void theater_raw_store_remove_from_label(const char* id, size_t id_size, const char* label,
                                         size_t label_size, const char* hash, size_t size, Tagged*);
THEATER_DETAIL_IMPORT("store", "store-at-label")
void theater_raw_store_store_at_label(const char* id, size_t id_size, const char* label,
                                      size_t label_size, const char* content, size_t size, Tagged*);
THEATER_DETAIL_IMPORT("store", "replace-content-at-label")
void theater_raw_store_replace_content_at_label(const char* id, size_t id_size, const char* label,
                                                size_t label_size, const char* content, size_t size,
                                                Tagged*);
THEATER_DETAIL_IMPORT("store", "replace-at-label")
void theater_raw_store_replace_at_label(const char* id, size_t id_size, const char* label,
                                        size_t label_size, const char* hash, size_t size, Tagged*);
THEATER_DETAIL_IMPORT("store", "list-labels")
void theater_raw_store_list_labels(const char* id, size_t id_size, Tagged*);
THEATER_DETAIL_IMPORT("store", "list-all-content")
void theater_raw_store_list_all_content(const char* id, size_t id_size, Tagged*);
THEATER_DETAIL_IMPORT("store", "calculate-total-size")
void theater_raw_store_calculate_total_size(const char* id, size_t id_size, RawSize*);

}  // namespace theater::detail

namespace theater {

inline Result<Store> Store::create() {
  detail::Tagged out;
  detail::theater_raw_store_new(&out);
  return Store(THEATER_TRY(out.take_result()));
}

inline Result<ContentRef> Store::put(std::string_view content) const {
  detail::Utf8 id(id_);
  detail::Tagged out;
  detail::theater_raw_store_store(id.data(), id.size(), content.data(), content.size(), &out);
  return detail::take_ref(out);
}

inline Result<ContentRef> Store::put_at(std::string_view label, std::string_view content) const {
  detail::Utf8 id(id_), text(label);
  detail::Tagged out;
  detail::theater_raw_store_store_at_label(id.data(), id.size(), text.data(), text.size(),
                                           content.data(), content.size(), &out);
  return detail::take_ref(out);
}

inline Result<ContentRef> Store::replace_content_at(std::string_view label,
                                                    std::string_view content) const {
  detail::Utf8 id(id_), text(label);
  detail::Tagged out;
  detail::theater_raw_store_replace_content_at_label(id.data(), id.size(), text.data(), text.size(),
                                                     content.data(), content.size(), &out);
  return detail::take_ref(out);
}

inline Result<std::string> Store::get(const ContentRef& content) const {
  detail::Utf8 id(id_), hash(content.hash);
  detail::Tagged out;
  detail::theater_raw_store_get(id.data(), id.size(), hash.data(), hash.size(), &out);
  return out.take_result();
}

inline Result<bool> Store::exists(const ContentRef& content) const {
  detail::Utf8 id(id_), hash(content.hash);
  detail::Tagged out;
  detail::theater_raw_store_exists(id.data(), id.size(), hash.data(), hash.size(), &out);
  if (out.tag != 0) return fail(out.payload.take());
  // The bool is the first byte of the payload; the others hold anything.
  return (reinterpret_cast<uintptr_t>(out.payload.data) & 0xff) != 0;
}

inline Status Store::label(std::string_view label, const ContentRef& content) const {
  detail::Utf8 id(id_), text(label), hash(content.hash);
  detail::Tagged out;
  detail::theater_raw_store_label(id.data(), id.size(), text.data(), text.size(), hash.data(),
                                  hash.size(), &out);
  return out.take_status();
}

inline Status Store::replace_at(std::string_view label, const ContentRef& content) const {
  detail::Utf8 id(id_), text(label), hash(content.hash);
  detail::Tagged out;
  detail::theater_raw_store_replace_at_label(id.data(), id.size(), text.data(), text.size(),
                                             hash.data(), hash.size(), &out);
  return out.take_status();
}

inline Result<std::optional<ContentRef>> Store::find(std::string_view label) const {
  detail::Utf8 id(id_), text(label);
  detail::RawFound out;
  detail::theater_raw_store_get_by_label(id.data(), id.size(), text.data(), text.size(), &out);
  if (out.tag != 0) return fail(detail::take_words(out.words));
  bool some = (out.words[0] & 0xff) != 0;
  if (!some) return std::optional<ContentRef>();
  return std::optional(ContentRef{detail::take_words(out.words + 1)});
}

inline Status Store::remove_label(std::string_view label) const {
  detail::Utf8 id(id_), text(label);
  detail::Tagged out;
  detail::theater_raw_store_remove_label(id.data(), id.size(), text.data(), text.size(), &out);
  return out.take_status();
}

inline Status Store::remove_from_label(std::string_view label, const ContentRef& content) const {
  detail::Utf8 id(id_), text(label), hash(content.hash);
  detail::Tagged out;
  detail::theater_raw_store_remove_from_label(id.data(), id.size(), text.data(), text.size(),
                                              hash.data(), hash.size(), &out);
  return out.take_status();
}

inline Result<std::vector<std::string>> Store::labels() const {
  detail::Utf8 id(id_);
  detail::Tagged out;
  detail::theater_raw_store_list_labels(id.data(), id.size(), &out);
  return detail::take_list(out);
}

inline Result<std::vector<ContentRef>> Store::contents() const {
  detail::Utf8 id(id_);
  detail::Tagged out;
  detail::theater_raw_store_list_all_content(id.data(), id.size(), &out);
  std::vector<ContentRef> all;
  for (std::string& hash : THEATER_TRY(detail::take_list(out)))
    all.push_back({std::move(hash)});
  return all;
}

inline Result<uint64_t> Store::total_size() const {
  detail::Utf8 id(id_);
  detail::RawSize out;
  detail::theater_raw_store_calculate_total_size(id.data(), id.size(), &out);
  if (out.tag != 0) return fail(out.error.take());
  return out.size;
}

}  // namespace theater
