// Random bodies for property tests: any value that the types can hold.
#pragma once

#include "theater/log/event/bodies.h"
#include "theater/log/event/part_shapes.h"
#include "theater/wit/traits.h"

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace theater::log {

// Not thread-safe. The same seed makes the same values.
class RandomBody {
 public:
  explicit RandomBody(uint64_t seed) : engine_(seed) {}

  Body body() { return value<Body>(); }
  uint64_t below(uint64_t bound) { return engine_() % bound; }

  template <class T>
  T value() {
    T made{};
    fill(made);
    return made;
  }

 private:
  // Small numbers and the ends of the range are likelier than chance makes them.
  uint64_t number() { return engine_() >> below(64); }

  Bytes bytes(size_t count) {
    Bytes made(count);
    for (uint8_t& byte : made)
      byte = static_cast<uint8_t>(engine_());
    return made;
  }

  template <class T>
  void fill(T& out) {
    if constexpr (std::is_same_v<T, bool>) {
      out = below(2) == 1;
    } else if constexpr (std::is_integral_v<T>) {
      out = below(16) == 0 ? std::numeric_limits<T>::max() : static_cast<T>(number());
    } else if constexpr (std::is_enum_v<T>) {
      out = static_cast<T>(below(wit::Codec<T>::kCount));
    } else if constexpr (std::is_same_v<T, Hash> || std::is_same_v<T, ActorId>) {
      for (uint8_t& byte : out.bytes)
        byte = static_cast<uint8_t>(engine_());
    } else if constexpr (std::is_same_v<T, std::string>) {
      static constexpr std::string_view kPieces[] = {"a", "theater:simple/", "é", "\n", "😀", "\0"};
      for (uint64_t left = below(6); left > 0; --left)
        out += kPieces[below(std::size(kPieces))];
    } else if constexpr (std::is_same_v<T, Blob>) {
      out = Blob(bytes(below(4) == 0 ? below(5000) : below(40)));
    } else if constexpr (std::is_same_v<T, Bytes>) {
      out = bytes(below(40));
    } else {
      fill_compound(out);
    }
  }

  template <class T>
  void fill_compound(T& out) {
    if constexpr (detail::kIsOptional<T>) {
      if (below(2) == 1) fill(out.emplace());
    } else if constexpr (detail::kIsTuple<T>) {
      std::apply([&](auto&... elements) { (fill(elements), ...); }, out);
    } else if constexpr (detail::kIsVariant<T>) {
      boost::mp11::mp_with_index<std::variant_size_v<T>>(
          below(std::variant_size_v<T>), [&](auto index) { fill(out.template emplace<index>()); });
    } else if constexpr (boost::describe::has_describe_members<T>::value) {
      using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
      boost::mp11::mp_for_each<Members>([&](auto member) { fill(out.*member.pointer); });
    } else if constexpr (detail::HoldsValue<T>) {
      fill(out.value);
    } else if constexpr (requires { out.push_back(typename T::value_type{}); }) {
      for (uint64_t left = below(4); left > 0; --left) {
        out.push_back(value<typename T::value_type>());
      }
    } else {
      static_assert(std::is_empty_v<T>, "no rule makes this type");
    }
  }

  std::mt19937_64 engine_;
};

}  // namespace theater::log
