// Dice for guests: example:dice/dice.
//
//   theater::Result<uint32_t> number = dice::roll(6);
//
// The folder `wit` next to it declares the interface, and the manifest lists the handler `dice`.
#pragma once

#include <theater/detail/wasm_memory.hpp>
#include <theater/result.hpp>

#include <cstdint>
#include <string_view>

namespace dice {

namespace detail {

// Both results: a discriminant of one byte, then the number, or a string's place and size.
struct Raw {
  uint8_t tag;
  uint32_t words[2];

  std::string take_text() const {
    auto* data = reinterpret_cast<const char*>(static_cast<uintptr_t>(words[0]));
    return theater::detail::Span{data, words[1]}.take();
  }
  theater::Result<uint32_t> take_number() const {
    if (tag == 0) return words[0];
    return theater::fail(take_text());
  }
  theater::Status take_status() const {
    if (tag == 0) return {};
    return theater::fail(take_text());
  }
};
static_assert(sizeof(Raw) == 12);

#define DICE_IMPORT(name) \
  extern "C" __attribute__((import_module("example:dice/dice"), import_name(name)))

DICE_IMPORT("roll") void dice_raw_roll(uint32_t sides, Raw*);
DICE_IMPORT("shake") void dice_raw_shake(uint32_t sides, uint32_t ms, Raw*);
DICE_IMPORT("write-score") void dice_raw_write_score(const char* line, size_t size, Raw*);

}  // namespace detail

// A number from 1 to `sides`.
inline theater::Result<uint32_t> roll(uint32_t sides) {
  detail::Raw out;
  detail::dice_raw_roll(sides, &out);
  return out.take_number();
}

// The same after so many milliseconds; meanwhile this actor takes nothing else.
inline theater::Result<uint32_t> shake(uint32_t sides, uint32_t ms) {
  detail::Raw out;
  detail::dice_raw_shake(sides, ms, &out);
  return out.take_number();
}

// Adds a line of UTF-8 to the node's score sheet, and answers when it is on disk.
inline theater::Status write_score(std::string_view line) {
  detail::Raw out;
  detail::dice_raw_write_score(line.data(), line.size(), &out);
  return out.take_status();
}

}  // namespace dice
