// http_stream.hpp in a guest.
#pragma once

#include "theater/detail/wasm_exports.hpp"
#include "theater/detail/wasm_http_types.hpp"
#include "theater/detail/wasm_memory.hpp"

#define THEATER_DETAIL_HTTP_STREAM_IMPORT(name) \
  THEATER_DETAIL_IMPORT_FROM("theater:http-stream/client", name)

namespace theater::detail {

THEATER_DETAIL_HTTP_STREAM_IMPORT("open")
void theater_raw_open_stream(THEATER_DETAIL_HTTP_REQUEST, RawNumber<uint64_t>*);
THEATER_DETAIL_HTTP_STREAM_IMPORT("pause") void theater_raw_pause_stream(uint64_t id, Tagged*);
THEATER_DETAIL_HTTP_STREAM_IMPORT("resume") void theater_raw_resume_stream(uint64_t id, Tagged*);
THEATER_DETAIL_HTTP_STREAM_IMPORT("cancel") void theater_raw_cancel_stream(uint64_t id, Tagged*);

// A stream-event that the host gave: the case, then the payloads of all cases in common places.
class GivenStreamEvent {
 public:
  using Kind = http_stream::Event::Kind;

  GivenStreamEvent(int32_t kind, uint32_t first, uint32_t second, uint32_t third)
      : bytes_(has_bytes(kind) ? pointer(first) : nullptr, has_bytes(kind) ? second : 0) {
    event_.kind = static_cast<Kind>(kind);
    if (event_.kind == Kind::kHead) {
      event_.status = static_cast<uint16_t>(first);
      event_.headers = take_headers({pointer(second), third});
    }
    if (event_.kind == Kind::kData) event_.data = bytes_.view();
    if (event_.kind == Kind::kFailed) event_.error = bytes_.view();
  }

  const http_stream::Event& event() const { return event_; }

 private:
  static bool has_bytes(int32_t kind) {
    return static_cast<Kind>(kind) == Kind::kData || static_cast<Kind>(kind) == Kind::kFailed;
  }
  static const char* pointer(uint32_t word) {
    return reinterpret_cast<const char*>(static_cast<uintptr_t>(word));
  }

  Given bytes_;
  http_stream::Event event_;
};

}  // namespace theater::detail

namespace theater::http_stream {

inline Result<uint64_t> open(const http::Request& request) {
  detail::LoweredRequest lowered(request);
  detail::RawNumber<uint64_t> out;
  lowered.pass_to(detail::theater_raw_open_stream, &out);
  return out.take();
}

inline Status pause(uint64_t id) {
  detail::Tagged out;
  detail::theater_raw_pause_stream(id, &out);
  return out.take_status();
}

inline Status resume(uint64_t id) {
  detail::Tagged out;
  detail::theater_raw_resume_stream(id, &out);
  return out.take_status();
}

inline Status cancel(uint64_t id) {
  detail::Tagged out;
  detail::theater_raw_cancel_stream(id, &out);
  return out.take_status();
}

}  // namespace theater::http_stream

#define THEATER_DETAIL_HTTP_STREAM_HANDLERS(Actor)                                             \
  THEATER_DETAIL_TYPES_HTTP_STREAM_HANDLERS                                                    \
  extern "C"                                                                                   \
      __attribute__((export_name("theater:http-stream/client-handlers#handle-stream"))) void*  \
      theater_export_handle_stream(int32_t some, const char* state, size_t state_size,         \
                                   uint64_t id, int32_t kind, uint32_t first, uint32_t second, \
                                   uint32_t third) {                                           \
    ::theater::detail::GivenState kept(some, state, state_size);                               \
    ::theater::detail::GivenStreamEvent given(kind, first, second, third);                     \
    return ::theater::detail::give(                                                            \
        ::theater::detail::call_stream<Actor>(kept.view(), id, given.event()));                \
  }                                                                                            \
  extern "C" __attribute__((                                                                   \
      export_name("cabi_post_theater:http-stream/client-handlers#handle-stream"))) void        \
  theater_post_handle_stream(void*) {                                                          \
    ::theater::detail::return_area().clear();                                                  \
  }
