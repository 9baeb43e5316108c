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
  // Of a result<list<string>, string>, or of a list of records with one string each.
  Result<std::vector<std::string>> take_strings() const {
    if (tag != 0) return fail(payload.take());
    auto* items = reinterpret_cast<Span*>(const_cast<char*>(payload.data));
    return RawStrings{items, payload.size}.take();
  }
};

// result<option<string>, string>, or of a list, or of a record with one of them: the discriminant,
// then the error's data and size, or the option's discriminant, data and size.
struct TaggedOption {
  uint8_t tag;
  uint32_t words[3];

  Result<std::optional<std::string>> take() const {
    if (tag != 0) return fail(span_at(words).take());
    bool some = (words[0] & 0xff) != 0;
    if (!some) return std::optional<std::string>();
    return std::optional(span_at(words + 1).take());
  }
};

// result<u64, string> and result<f64, string>: the number is what aligns them.
template <class Number>
struct RawNumber {
  uint8_t tag;
  union {
    Number number;
    Span error;
  };

  Result<Number> take() const {
    if (tag == 0) return number;
    return fail(error.take());
  }
};

static_assert(sizeof(Span) == 8 && sizeof(Tagged) == 12 && sizeof(TaggedOption) == 16);
static_assert(sizeof(RawNumber<uint64_t>) == 16 && sizeof(RawNumber<double>) == 16);

}  // namespace theater::detail
