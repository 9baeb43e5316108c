// Values that cross the wall, as the canonical ABI lays them out.
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md
//
// Ownership: the host puts lists and strings into memory it asks cabi_realloc for, and they are the
// guest's from then on. What a guest returns stays its own until the host calls the post-return
// function.
#pragma once

#include "theater/detail/utf8.hpp"
#include "theater/result.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#define THEATER_DETAIL_IMPORT_FROM(interface, name) \
  extern "C" __attribute__((import_module(interface), import_name(name)))
#define THEATER_DETAIL_IMPORT(interface, name) \
  THEATER_DETAIL_IMPORT_FROM("theater:simple/" interface, name)

namespace theater::detail {

// A list or string that the host gave; freed when this ends.
class Given {
 public:
  Given(const char* data, size_t size) : data_(data), size_(size) {}
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;
  ~Given() {
    // For an empty list cabi_realloc allocates nothing.
    if (size_ != 0) std::free(const_cast<char*>(data_));
  }
  std::string_view view() const { return {data_, size_}; }

 private:
  const char* data_;
  size_t size_;
};

// A list or string in a structure that the host filled.
struct Span {
  const char* data;
  size_t size;

  std::string take() const { return std::string(Given(data, size).view()); }
};

// The same, of the two words in which it is.
inline Span span_at(const uint32_t* words) {
  return {reinterpret_cast<const char*>(static_cast<uintptr_t>(words[0])), words[1]};
}

// A list<string> that the host filled.
struct RawStrings {
  Span* items;
  size_t count;

  std::vector<std::string> take() const {
    std::vector<std::string> strings;
    strings.reserve(count);
    for (size_t i = 0; i < count; ++i)
      strings.push_back(items[i].take());
    if (count != 0) std::free(items);
    return strings;
  }
};

// option<list<u8>>, result<list<u8>, string> and result<_, string>: a discriminant of one byte,
// whose padding holds anything, then the one payload that any case has.
struct Tagged {
  uint8_t tag;
  Span payload;

  std::optional<std::string> take_option() const {
    if (tag == 0) return std::nullopt;
    return payload.take();
  }
  Status take_status() const {
    if (tag == 0) return {};
    return fail(payload.take());
  }
  Result<std::string> take_result() const {
    if (tag == 0) return payload.take();
    return fail(payload.take());
  }
};

static_assert(sizeof(Span) == 8 && sizeof(Tagged) == 12);

}  // namespace theater::detail
