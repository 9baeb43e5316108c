// http_answer.hpp in a guest.
#pragma once

#include "theater/detail/wasm_exports.hpp"
#include "theater/detail/wasm_memory.hpp"

#define THEATER_DETAIL_HTTP_ANSWER_IMPORT(name) \
  THEATER_DETAIL_IMPORT_FROM("theater:http-stream/server", name)

namespace theater::detail {

// result<bool, string>
struct RawFlag {
  uint8_t tag;
  union {
    uint8_t flag;
    Span error;
  };
};
static_assert(sizeof(RawFlag) == 12);

THEATER_DETAIL_HTTP_ANSWER_IMPORT("open") void theater_raw_open_answer(RawNumber<uint64_t>*);
THEATER_DETAIL_HTTP_ANSWER_IMPORT("write")
void theater_raw_write_answer(uint64_t id, const char* bytes, size_t size, RawFlag*);
THEATER_DETAIL_HTTP_ANSWER_IMPORT("finish") void theater_raw_finish_answer(uint64_t id, Tagged*);
THEATER_DETAIL_HTTP_ANSWER_IMPORT("abort") void theater_raw_abort_answer(uint64_t id, Tagged*);

}  // namespace theater::detail

namespace theater::http_answer {

inline Result<uint64_t> open() {
  detail::RawNumber<uint64_t> out;
  detail::theater_raw_open_answer(&out);
  return out.take();
}

inline Result<bool> write(uint64_t answer, std::string_view bytes) {
  detail::RawFlag out;
  detail::theater_raw_write_answer(answer, bytes.data(), bytes.size(), &out);
  if (out.tag != 0) return fail(out.error.take());
  return out.flag != 0;
}

inline Status finish(uint64_t answer) {
  detail::Tagged out;
  detail::theater_raw_finish_answer(answer, &out);
  return out.take_status();
}

inline Status abort(uint64_t answer) {
  detail::Tagged out;
  detail::theater_raw_abort_answer(answer, &out);
  return out.take_status();
}

}  // namespace theater::http_answer

#define THEATER_DETAIL_HTTP_ANSWER_HANDLERS(Actor)                                              \
  THEATER_DETAIL_TYPES_HTTP_ANSWER_HANDLERS                                                     \
  extern "C"                                                                                    \
      __attribute__((export_name("theater:http-stream/server-handlers#handle-answer"))) void*   \
      theater_export_handle_answer(int32_t some, const char* state, size_t state_size,          \
                                   uint64_t id, int32_t kind, const char* error, size_t size) { \
    ::theater::detail::GivenState kept(some, state, state_size);                                \
    using Event = ::theater::http_answer::Event;                                                \
    bool is_gone = static_cast<Event::Kind>(kind) == Event::Kind::kGone;                        \
    ::theater::detail::Given why(error, is_gone ? size : 0);                                    \
    return ::theater::detail::give(::theater::detail::call_answer<Actor>(                       \
        kept.view(), id, Event{static_cast<Event::Kind>(kind), why.view()}));                   \
  }                                                                                             \
  extern "C" __attribute__((                                                                    \
      export_name("cabi_post_theater:http-stream/server-handlers#handle-answer"))) void         \
  theater_post_handle_answer(void*) {                                                           \
    ::theater::detail::return_area().clear();                                                   \
  }
