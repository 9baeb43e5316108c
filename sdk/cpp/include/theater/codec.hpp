// How an actor's state becomes the bytes that Theater keeps between calls.
//
// An actor is a struct. Before each callback the SDK makes one from the kept bytes, and after it,
// unless the callback returned an error, turns it into bytes again. So nothing outlives a call but
// what the struct's codec writes. The codec is `using Codec = …;` in the struct, or else
//
//   the struct has                              codec         the bytes are
//   THEATER_FIELDS(a, b, …)                     RecordCodec   compact, for programs
//   static load(std::string_view), save()       BytesCodec    its own affair
//   no members                                  NoState       none
//
// JsonCodec, also for structs with THEATER_FIELDS, keeps a JSON object that people can read in the
// chain.
//
// An actor starts with the state that its manifest or spawner gives, which is JSON. A struct with
// THEATER_FIELDS takes the members of that name, whatever its codec; the rest keep their defaults,
// and members that it has no field for are ignored.
//
// A field is a bool, an integer, a double, a std::string, an enum, a struct with THEATER_FIELDS, or
// a std::optional, std::vector or std::map<std::string, …> of fields.
#pragma once

#include "theater/detail/fields.hpp"
#include "theater/detail/json_fields.hpp"
#include "theater/detail/record_fields.hpp"
#include "theater/result.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

// Names the fields of a struct, inside it: `THEATER_FIELDS(count, last_caller)`.
#define THEATER_FIELDS(...)                                                   \
  template <class Self, class Visit>                                          \
  static constexpr bool theater_visit_fields(Self& self, Visit&& visit) {     \
    return true THEATER_DETAIL_EACH(THEATER_DETAIL_VISIT_FIELD, __VA_ARGS__); \
  }

namespace theater {

// A codec makes T of kept bytes, and bytes of T.
template <class C, class T>
concept CodecFor = requires(std::optional<std::string_view> kept, const T& actor) {
  { C::template load<T>(kept) } -> std::same_as<Result<T>>;
  { C::save(actor) } -> std::same_as<std::optional<std::string>>;
};

// One byte of format number, then the fields in order: integers as LEB128, texts and lists with
// their length before them. Fields may be added at the end: bytes kept before that load with its
// default.
struct RecordCodec {
  template <class T>
  static Result<T> load(std::optional<std::string_view> kept) {
    T actor{};
    if (!kept || kept->empty()) return actor;
    if (kept->front() != detail::kRecordTag) {
      if (auto read = detail::fields_from_json(*kept, actor); !read) return fail(read.error());
      return actor;
    }
    detail::RecordReader reader{kept->substr(1)};
    if (!reader.read_outermost(actor))
      return fail("the kept state does not fit the actor's fields");
    return actor;
  }

  template <class T>
  static std::optional<std::string> save(const T& actor) {
    std::string bytes(1, detail::kRecordTag);
    detail::write_record(bytes, actor);
    return bytes;
  }
};

// The fields as a JSON object.
struct JsonCodec {
  template <class T>
  static Result<T> load(std::optional<std::string_view> kept) {
    T actor{};
    if (!kept || kept->empty()) return actor;
    if (auto read = detail::fields_from_json(*kept, actor); !read) return fail(read.error());
    return actor;
  }

  template <class T>
  static std::optional<std::string> save(const T& actor) {
    return detail::to_json(actor).dump();
  }
};

// The struct's own `static T load(std::string_view)`, or one that returns Result<T>, and
// `std::string save() const`. No state loads as a default-made struct.
struct BytesCodec {
  template <class T>
  static Result<T> load(std::optional<std::string_view> kept) {
    if (!kept) return T{};
    return T::load(*kept);
  }

  template <class T>
  static std::optional<std::string> save(const T& actor) {
    return actor.save();
  }
};

// For actors that keep nothing.
struct NoState {
  template <class T>
  static Result<T> load(std::optional<std::string_view>) {
    return T{};
  }

  template <class T>
  static std::optional<std::string> save(const T&) {
    return std::nullopt;
  }
};

namespace detail {

template <class T>
concept OwnBytes = requires(const T& actor, std::string_view kept) {
  T::load(kept);
  { actor.save() } -> std::convertible_to<std::string>;
};

template <class T>
auto choose_codec() {
  if constexpr (requires { typename T::Codec; }) {
    return typename T::Codec{};
  } else if constexpr (HasFields<T>) {
    return RecordCodec{};
  } else if constexpr (OwnBytes<T>) {
    return BytesCodec{};
  } else {
    static_assert(
        std::is_empty_v<T>,
        "an actor with members says how they are kept: THEATER_FIELDS(…) inside the struct, "
        "or load and save of its own");
    return NoState{};
  }
}

template <class T>
using CodecOf = decltype(choose_codec<T>());

}  // namespace detail

}  // namespace theater
