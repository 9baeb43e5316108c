// What THEATER_ACTOR makes of a struct in a guest: exports of the canonical ABI.
#pragma once

#include "theater/detail/callbacks.hpp"
#include "theater/detail/component_types.hpp"
#include "theater/detail/wasm_memory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace theater::detail {

// The state that a call comes with.
class GivenState {
 public:
  GivenState(int32_t some, const char* data, size_t size)
      : some_(some != 0), given_(data, some_ ? size : 0) {}
  KeptState view() const {
    if (!some_) return std::nullopt;
    return given_.view();
  }

 private:
  bool some_;
  Given given_;
};

// What the call that is in progress returns. A component instance is never entered twice at once,
// so there is one; it is in runtime.cpp, and is emptied when the host has taken what is in it.
struct ReturnArea {
  // result<tuple<option<list<u8>>, tuple<…>>, string>: the discriminant, then either the error or
  // the state, and behind the state what the function answers with.
  uint32_t words[14];
  std::string error;
  std::optional<std::string> state;
  std::optional<std::string> value;

  void clear();
  void put_span(size_t at, std::string_view bytes);
  void put_option(size_t at, const std::optional<std::string>& bytes);
  // Fills in the error, or the discriminant and the state.
  void* put_error(std::string text);
  void put_state(std::optional<std::string> bytes);
};

ReturnArea& return_area();

inline void* give(Result<Returned<Nothing>> returned) {
  ReturnArea& area = return_area();
  if (!returned) return area.put_error(std::move(returned).error());
  area.put_state(std::move(returned->state));
  return area.words;
}

inline void* give(Result<Returned<Reply>> returned) {
  ReturnArea& area = return_area();
  if (!returned) return area.put_error(std::move(returned).error());
  area.put_state(std::move(returned->state));
  area.value = std::move(returned->value);
  area.put_option(4, area.value);
  return area.words;
}

inline void* give(Result<Returned<ChannelAccept>> returned) {
  ReturnArea& area = return_area();
  if (!returned) return area.put_error(std::move(returned).error());
  area.put_state(std::move(returned->state));
  area.words[4] = returned->value.accepted;
  area.value = std::move(returned->value.message);
  area.put_option(5, area.value);
  return area.words;
}

THEATER_DETAIL_IMPORT("runtime", "log")
void theater_raw_simple_log(const char* message, size_t size);

}  // namespace theater::detail

#define THEATER_DETAIL_EXPORT(interface, name) \
  extern "C" __attribute__((export_name("theater:simple/" interface "#" name)))

#define THEATER_DETAIL_POST_RETURN(interface, name, function)                                 \
  extern "C" __attribute__((export_name(                                                      \
      "cabi_post_theater:simple/" interface "#" name))) void theater_post_##function(void*) { \
    ::theater::detail::return_area().clear();                                                 \
  }

// Which form of runtime.log the component imports; levelled_log.hpp says otherwise.
#define THEATER_DETAIL_LOG_FORM SIMPLE

#define THEATER_DETAIL_JOIN(a, b) THEATER_DETAIL_JOIN_EXPANDED(a, b)
#define THEATER_DETAIL_JOIN_EXPANDED(a, b) a##b

#define THEATER_DETAIL_LOG_SIMPLE                                     \
  THEATER_DETAIL_TYPES_ACTOR                                          \
  extern "C" void theater_sdk_log(const char* message, size_t size) { \
    ::theater::detail::theater_raw_simple_log(message, size);         \
  }

#define THEATER_DETAIL_LOG_LEVELLED                                              \
  THEATER_DETAIL_TYPES_ACTOR_LEVELLED                                            \
  extern "C" void theater_sdk_log(const char* message, size_t size) {            \
    ::theater::detail::Tagged out;                                               \
    ::theater::detail::theater_raw_levelled_log("info", 4, message, size, &out); \
    static_cast<void>(out.take_status());                                        \
  }

#define THEATER_DETAIL_ACTOR(Actor)                                                             \
  THEATER_DETAIL_JOIN(THEATER_DETAIL_LOG_, THEATER_DETAIL_LOG_FORM)                             \
  THEATER_DETAIL_EXPORT("actor", "init")                                                        \
  void* theater_export_init(int32_t some, const char* state, size_t state_size, const char* id, \
                            size_t id_size) {                                                   \
    ::theater::detail::GivenState kept(some, state, state_size);                                \
    ::theater::detail::Given actor_id(id, id_size);                                             \
    return ::theater::detail::give(                                                             \
        ::theater::detail::call_init<Actor>(kept.view(), actor_id.view()));                     \
  }                                                                                             \
  THEATER_DETAIL_POST_RETURN("actor", "init", init)
