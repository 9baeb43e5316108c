// Fields as compact bytes: what RecordCodec keeps.
#pragma once

#include "theater/detail/fields.hpp"

#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace theater::detail {

// No JSON text begins with it.
inline constexpr char kRecordTag = 1;

inline void write_leb(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

template <class T>
void write_record(std::string& out, const T& value) {
  if constexpr (std::same_as<T, bool>) {
    out += static_cast<char>(value);
  } else if constexpr (std::is_enum_v<T>) {
    write_record(out, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::signed_integral<T>) {
    // Zigzag: small numbers of either sign are short.
    auto wide = static_cast<int64_t>(value);
    write_leb(out, (static_cast<uint64_t>(wide) << 1) ^ static_cast<uint64_t>(wide >> 63));
  } else if constexpr (std::unsigned_integral<T>) {
    write_leb(out, value);
  } else if constexpr (std::floating_point<T>) {
    auto bits = std::bit_cast<uint64_t>(static_cast<double>(value));
    for (int shift = 0; shift < 64; shift += 8)
      out += static_cast<char>(bits >> shift & 0xFF);
  } else if constexpr (std::same_as<T, std::string>) {
    write_leb(out, value.size());
    out += value;
  } else if constexpr (kIsOptional<T>) {
    out += static_cast<char>(value.has_value());
    if (value) write_record(out, *value);
  } else if constexpr (kIsVector<T>) {
    write_leb(out, value.size());
    for (const auto& item : value)
      write_record<typename T::value_type>(out, item);
  } else if constexpr (kIsMap<T>) {
    write_leb(out, value.size());
    for (const auto& [key, item] : value) {
      write_record(out, key);
      write_record(out, item);
    }
  } else if constexpr (HasFields<const T>) {
    T::theater_visit_fields(value, [&](std::string_view, const auto& field) {
      write_record(out, field);
      return true;
    });
  } else {
    static_assert(kNever<T>, "a field of this type cannot be kept; codec.hpp lists those that can");
  }
}

// Reads what write_record wrote; every method returns false if the bytes do not fit.
class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : rest_(bytes) {}

  // The fields of the actor itself, to the end of the bytes; the last ones may be missing.
  template <class T>
  bool read_outermost(T& value) {
    return T::theater_visit_fields(
               value,
               [&](std::string_view, auto& field) { return rest_.empty() || read(field); }) &&
           rest_.empty();
  }

 private:
  bool read_byte(uint8_t& out) {
    if (rest_.empty()) return false;
    out = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return true;
  }

  bool read_leb(uint64_t& out) {
    out = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t byte = 0;
      if (!read_byte(byte) || (shift == 63 && byte > 1)) return false;
      out |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  bool read_flag(bool& out) {
    uint8_t byte = 0;
    if (!read_byte(byte) || byte > 1) return false;
    out = byte == 1;
    return true;
  }

  // Every item takes a byte at least, but a struct without fields; a length beyond that is false
  // bytes.
  bool read_length(uint64_t& out) { return read_leb(out) && out <= rest_.size(); }

  bool read(bool& out) { return read_flag(out); }

  bool read(std::string& out) {
    uint64_t length = 0;
    if (!read_length(length)) return false;
    out = rest_.substr(0, static_cast<size_t>(length));
    rest_.remove_prefix(static_cast<size_t>(length));
    return true;
  }

  template <class T>
  bool read_integer(T& out) {
    uint64_t raw = 0;
    if (!read_leb(raw)) return false;
    if constexpr (std::signed_integral<T>) {
      auto wide = static_cast<int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
      out = static_cast<T>(wide);
      return static_cast<int64_t>(out) == wide;
    } else {
      out = static_cast<T>(raw);
      return out == raw;
    }
  }

  template <class T>
  bool read_float(T& out) {
    uint64_t bits = 0;
    for (int shift = 0; shift < 64; shift += 8) {
      uint8_t byte = 0;
      if (!read_byte(byte)) return false;
      bits |= static_cast<uint64_t>(byte) << shift;
    }
    out = static_cast<T>(std::bit_cast<double>(bits));
    return true;
  }

  template <class T>
  bool read_items(T& out) {
    uint64_t length = 0;
    if (!read_length(length)) return false;
    out.clear();
    for (; length > 0; --length) {
      if constexpr (kIsMap<T>) {
        std::string key;
        if (!read(key) || !read(out[key])) return false;
      } else {
        typename T::value_type item{};
        if (!read(item)) return false;
        out.push_back(std::move(item));
      }
    }
    return true;
  }

  template <class T>
  bool read(T& out) {
    if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> raw{};
      if (!read(raw)) return false;
      out = static_cast<T>(raw);
      return true;
    } else if constexpr (std::integral<T>) {
      return read_integer(out);
    } else if constexpr (std::floating_point<T>) {
      return read_float(out);
    } else if constexpr (kIsOptional<T>) {
      bool some = false;
      if (!read_flag(some)) return false;
      out.reset();
      return !some || read(out.emplace());
    } else if constexpr (kIsVector<T> || kIsMap<T>) {
      return read_items(out);
    } else {
      return T::theater_visit_fields(out,
                                     [&](std::string_view, auto& field) { return read(field); });
    }
  }

  std::string_view rest_;
};

}  // namespace theater::detail
