// runtime.hpp in a guest.
#pragma once

#include "theater/detail/wasm_memory.hpp"

namespace theater::detail {

// meta-event: the hash, then `event`, which an option<u64> in it aligns to eight bytes.
struct RawMetaEvent {
  uint64_t hash;
  Span event_type;
  uint8_t parent_tag;
  uint64_t parent;
  Span data;
};
static_assert(sizeof(RawMetaEvent) == 40);

struct RawChain {
  RawMetaEvent* events;
  size_t count;
};

struct RawSystemInfo {
  Span hostname;
  Span os_type;
  Span os_release;
  uint32_t cpu_count;
  uint64_t memory_total;
  uint64_t memory_available;
  uint64_t uptime;
};
static_assert(sizeof(RawSystemInfo) == 56);

THEATER_DETAIL_IMPORT("runtime", "get-chain") void theater_raw_get_chain(RawChain*);
THEATER_DETAIL_IMPORT("runtime", "get-state") void theater_raw_get_state(Span*);
THEATER_DETAIL_IMPORT("runtime", "shutdown")
void theater_raw_shutdown(int32_t some, const char* data, size_t size, Tagged*);
THEATER_DETAIL_IMPORT("runtime", "get-actor-id") void theater_raw_get_actor_id(Span*);
THEATER_DETAIL_IMPORT("runtime", "get-actor-name") void theater_raw_get_actor_name(Span*);
THEATER_DETAIL_IMPORT("runtime", "get-current-time") uint64_t theater_raw_get_current_time();
THEATER_DETAIL_IMPORT("runtime", "get-env")
void theater_raw_get_env(const char* name, size_t name_size, Tagged*);
THEATER_DETAIL_IMPORT("runtime", "record-metric")
void theater_raw_record_metric(const char* name, size_t name_size, double value, Tagged*);
THEATER_DETAIL_IMPORT("runtime", "record-event")
void theater_raw_record_event(const char* type, size_t type_size, const char* data,
                              size_t data_size, Tagged*);
THEATER_DETAIL_IMPORT("runtime", "get-theater-version") void theater_raw_get_theater_version(Span*);
THEATER_DETAIL_IMPORT("runtime", "get-system-info")
void theater_raw_get_system_info(RawSystemInfo*);

// Logs in the form that the component imports; THEATER_ACTOR defines it.
extern "C" void theater_sdk_log(const char* message, size_t size);

}  // namespace theater::detail

namespace theater {

inline void log(std::string_view message) {
  detail::Utf8 text(message);
  detail::theater_sdk_log(text.data(), text.size());
}

inline std::string get_actor_id() {
  detail::Span out;
  detail::theater_raw_get_actor_id(&out);
  return out.take();
}

inline std::string get_actor_name() {
  detail::Span out;
  detail::theater_raw_get_actor_name(&out);
  return out.take();
}

inline uint64_t get_current_time() {
  return detail::theater_raw_get_current_time();
}

inline std::optional<std::string> get_env(std::string_view name) {
  detail::Utf8 text(name);
  detail::Tagged out;
  detail::theater_raw_get_env(text.data(), text.size(), &out);
  return out.take_option();
}

inline Status record_metric(std::string_view name, double value) {
  detail::Utf8 text(name);
  detail::Tagged out;
  detail::theater_raw_record_metric(text.data(), text.size(), value, &out);
  return out.take_status();
}

inline Status record_event(std::string_view event_type, std::string_view data) {
  detail::Utf8 text(event_type);
  detail::Tagged out;
  detail::theater_raw_record_event(text.data(), text.size(), data.data(), data.size(), &out);
  return out.take_status();
}

inline std::vector<Event> get_chain() {
  detail::RawChain raw;
  detail::theater_raw_get_chain(&raw);
  std::vector<Event> chain;
  chain.reserve(raw.count);
  for (size_t i = 0; i < raw.count; ++i) {
    const detail::RawMetaEvent& event = raw.events[i];
    std::optional<uint64_t> parent;
    if (event.parent_tag != 0) parent = event.parent;
    chain.push_back({event.hash, event.event_type.take(), parent, event.data.take()});
  }
  if (raw.count != 0) std::free(raw.events);
  return chain;
}

inline std::string get_state() {
  detail::Span out;
  detail::theater_raw_get_state(&out);
  return out.take();
}

inline std::string get_theater_version() {
  detail::Span out;
  detail::theater_raw_get_theater_version(&out);
  return out.take();
}

inline SystemInfo get_system_info() {
  detail::RawSystemInfo raw;
  detail::theater_raw_get_system_info(&raw);
  return {raw.hostname.take(), raw.os_type.take(), raw.os_release.take(),
          raw.cpu_count,       raw.memory_total,   raw.memory_available,
          raw.uptime};
}

inline Status shutdown(std::optional<std::string_view> data) {
  std::string_view bytes = data.value_or(std::string_view());
  detail::Tagged out;
  detail::theater_raw_shutdown(data.has_value(), bytes.data(), bytes.size(), &out);
  return out.take_status();
}

}  // namespace theater
