// supervisor.hpp in a guest.
#pragma once

#include "theater/detail/wasm_memory.hpp"

namespace theater::detail {

THEATER_DETAIL_IMPORT("supervisor", "spawn")
void theater_raw_spawn(const char* manifest, size_t manifest_size, int32_t some, const char* data,
                       size_t size, Tagged*);
THEATER_DETAIL_IMPORT("supervisor", "stop-child")
void theater_raw_stop_child(const char* id, size_t id_size, Tagged*);
THEATER_DETAIL_IMPORT("supervisor", "list-children") void theater_raw_list_children(RawStrings*);

}  // namespace theater::detail

namespace theater {

inline Result<std::string> spawn_child(std::string_view manifest,
                                       std::optional<std::string_view> init_bytes) {
  detail::Utf8 text(manifest);
  std::string_view bytes = init_bytes.value_or(std::string_view());
  detail::Tagged out;
  detail::theater_raw_spawn(text.data(), text.size(), init_bytes.has_value(), bytes.data(),
                            bytes.size(), &out);
  return out.take_result();
}

inline Status stop_child(std::string_view child_id) {
  detail::Utf8 id(child_id);
  detail::Tagged out;
  detail::theater_raw_stop_child(id.data(), id.size(), &out);
  return out.take_status();
}

inline std::vector<std::string> list_children() {
  detail::RawStrings raw;
  detail::theater_raw_list_children(&raw);
  return raw.take();
}

}  // namespace theater
