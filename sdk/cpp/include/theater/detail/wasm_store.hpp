// store.hpp in a guest.
#pragma once

#include "theater/detail/wasm_memory.hpp"

namespace theater::detail {

inline Result<ContentRef> take_ref(const Tagged& out) {
  return ContentRef{THEATER_TRY(out.take_result())};
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
                                    TaggedOption*);
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
void theater_raw_store_calculate_total_size(const char* id, size_t id_size, RawNumber<uint64_t>*);
THEATER_DETAIL_IMPORT_FROM("theater:store/stores", "remove-unlabelled")
void theater_raw_store_remove_unlabelled(const char* id, size_t id_size, RawNumber<uint64_t>*);

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
  detail::TaggedOption out;
  detail::theater_raw_store_get_by_label(id.data(), id.size(), text.data(), text.size(), &out);
  std::optional<std::string> hash = THEATER_TRY(out.take());
  if (!hash) return std::optional<ContentRef>();
  return std::optional(ContentRef{*std::move(hash)});
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
  return out.take_strings();
}

inline Result<std::vector<ContentRef>> Store::contents() const {
  detail::Utf8 id(id_);
  detail::Tagged out;
  detail::theater_raw_store_list_all_content(id.data(), id.size(), &out);
  std::vector<ContentRef> all;
  for (std::string& hash : THEATER_TRY(out.take_strings()))
    all.push_back({std::move(hash)});
  return all;
}

inline Result<uint64_t> Store::total_size() const {
  detail::Utf8 id(id_);
  detail::RawNumber<uint64_t> out;
  detail::theater_raw_store_calculate_total_size(id.data(), id.size(), &out);
  return out.take();
}

inline Result<uint64_t> Store::remove_unlabelled() const {
  detail::Utf8 id(id_);
  detail::RawNumber<uint64_t> out;
  detail::theater_raw_store_remove_unlabelled(id.data(), id.size(), &out);
  return out.take();
}

}  // namespace theater
