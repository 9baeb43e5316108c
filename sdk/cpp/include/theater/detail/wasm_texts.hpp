// Texts in the form in which they cross the wall.
#pragma once

#include "theater/detail/wasm_memory.hpp"

#include <deque>
#include <string_view>

namespace theater::detail {

// A tuple<string, string>: the name and the value of a variable, of the host or for it.
struct RawVariable {
  Span name;
  Span value;
};

// Texts as valid UTF-8, which live and stay where they are as long as this.
class LoweredTexts {
 public:
  Span add(std::string_view text) {
    const Utf8& valid = texts_.emplace_back(text);
    return {valid.data(), valid.size()};
  }

 private:
  std::deque<Utf8> texts_;  // Its items stay where they are.
};

}  // namespace theater::detail
