// supervisor.hpp in a guest.
#pragma once

#include "theater/detail/wasm_exports.hpp"
#include "theater/detail/wasm_memory.hpp"

namespace theater::detail {

// option<list<u8>> in a record.
struct RawOption {
  uint8_t some;
  Span value;

  std::optional<std::string> take() const {
    if (some == 0) return std::nullopt;
    return value.take();
  }
};

struct RawChainEvent {
  Span hash;
  RawOption parent_hash;
  Span event_type;
  Span data;
  uint64_t timestamp;
  RawOption description;
};

static_assert(sizeof(RawChainEvent) == 64);

inline std::vector<ChainEvent> take_events(const Span& list) {
  auto* items = reinterpret_cast<const RawChainEvent*>(list.data);
  std::vector<ChainEvent> events;
  events.reserve(list.size);
  for (size_t i = 0; i < list.size; ++i) {
    const RawChainEvent& raw = items[i];
    ChainEvent& event = events.emplace_back();
    event.hash = raw.hash.take();
    event.parent_hash = raw.parent_hash.take();
    event.event_type = raw.event_type.take();
    event.data = raw.data.take();
    event.timestamp = raw.timestamp;
    event.description = raw.description.take();
  }
  if (list.size != 0) std::free(const_cast<char*>(list.data));
  return events;
}

THEATER_DETAIL_IMPORT("supervisor", "spawn")
void theater_raw_spawn(const char* manifest, size_t manifest_size, int32_t some, const char* data,
                       size_t size, Tagged*);
THEATER_DETAIL_IMPORT("supervisor", "resume")
void theater_raw_resume(const char* manifest, size_t manifest_size, int32_t some, const char* data,
                        size_t size, Tagged*);
THEATER_DETAIL_IMPORT("supervisor", "restart-child")
void theater_raw_restart_child(const char* id, size_t id_size, Tagged*);
THEATER_DETAIL_IMPORT("supervisor", "stop-child")
void theater_raw_stop_child(const char* id, size_t id_size, Tagged*);
THEATER_DETAIL_IMPORT("supervisor", "list-children") void theater_raw_list_children(RawStrings*);
THEATER_DETAIL_IMPORT("supervisor", "get-child-state")
void theater_raw_get_child_state(const char* id, size_t id_size, TaggedOption*);
THEATER_DETAIL_IMPORT("supervisor", "get-child-events")
void theater_raw_get_child_events(const char* id, size_t id_size, Tagged*);

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

inline Result<std::string> resume_child(std::string_view manifest,
                                        std::optional<std::string_view> state) {
  detail::Utf8 text(manifest);
  std::string_view bytes = state.value_or(std::string_view());
  detail::Tagged out;
  detail::theater_raw_resume(text.data(), text.size(), state.has_value(), bytes.data(),
                             bytes.size(), &out);
  return out.take_result();
}

inline Status restart_child(std::string_view child_id) {
  detail::Utf8 id(child_id);
  detail::Tagged out;
  detail::theater_raw_restart_child(id.data(), id.size(), &out);
  return out.take_status();
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

inline Result<std::optional<std::string>> get_child_state(std::string_view child_id) {
  detail::Utf8 id(child_id);
  detail::TaggedOption out;
  detail::theater_raw_get_child_state(id.data(), id.size(), &out);
  return out.take();
}

inline Result<std::vector<ChainEvent>> get_child_events(std::string_view child_id) {
  detail::Utf8 id(child_id);
  detail::Tagged out;
  detail::theater_raw_get_child_events(id.data(), id.size(), &out);
  if (out.tag != 0) return fail(out.payload.take());
  return detail::take_events(out.payload);
}

}  // namespace theater

#define THEATER_DETAIL_SUPERVISOR_HANDLERS(Actor)                                             \
  THEATER_DETAIL_TYPES_SUPERVISOR_HANDLERS                                                    \
  THEATER_DETAIL_EXPORT("supervisor-handlers", "handle-child-error")                          \
  void* theater_export_handle_child_error(int32_t some, const char* state, size_t state_size, \
                                          const char* id, size_t id_size, int32_t type,       \
                                          int32_t has_data, const char* data, size_t size) {  \
    ::theater::detail::GivenState kept(some, state, state_size);                              \
    ::theater::detail::GivenState given(has_data, data, size);                                \
    ::theater::detail::Given child(id, id_size);                                              \
    ::theater::ActorError error{static_cast<::theater::ActorErrorType>(type), given.view()};  \
    return ::theater::detail::give(                                                           \
        ::theater::detail::call_child_error<Actor>(kept.view(), child.view(), error));        \
  }                                                                                           \
  THEATER_DETAIL_EXPORT("supervisor-handlers", "handle-child-exit")                           \
  void* theater_export_handle_child_exit(int32_t some, const char* state, size_t state_size,  \
                                         const char* id, size_t id_size, int32_t has_data,    \
                                         const char* data, size_t size) {                     \
    ::theater::detail::GivenState kept(some, state, state_size);                              \
    ::theater::detail::GivenState given(has_data, data, size);                                \
    ::theater::detail::Given child(id, id_size);                                              \
    return ::theater::detail::give(                                                           \
        ::theater::detail::call_child_exit<Actor>(kept.view(), child.view(), given.view()));  \
  }                                                                                           \
  THEATER_DETAIL_EXPORT("supervisor-handlers", "handle-child-external-stop")                  \
  void* theater_export_handle_child_external_stop(                                            \
      int32_t some, const char* state, size_t state_size, const char* id, size_t id_size) {   \
    ::theater::detail::GivenState kept(some, state, state_size);                              \
    ::theater::detail::Given child(id, id_size);                                              \
    return ::theater::detail::give(                                                           \
        ::theater::detail::call_child_external_stop<Actor>(kept.view(), child.view()));       \
  }                                                                                           \
  THEATER_DETAIL_POST_RETURN("supervisor-handlers", "handle-child-error", handle_child_error) \
  THEATER_DETAIL_POST_RETURN("supervisor-handlers", "handle-child-exit", handle_child_exit)   \
  THEATER_DETAIL_POST_RETURN("supervisor-handlers", "handle-child-external-stop",             \
                             handle_child_external_stop)
