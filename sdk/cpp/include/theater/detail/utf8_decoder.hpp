// Text that arrives in pieces, cut anywhere, as UTF-8.
// https://encoding.spec.whatwg.org/#utf-8-decoder
#pragma once

#include "theater/codec.hpp"
#include "theater/detail/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace theater::detail {

// Each wrong byte, and each sequence that breaks off, becomes one U+FFFD.
class Utf8Decoder {
 public:
  // Appends the characters that are whole with this piece to `out`.
  void decode(std::string_view piece, std::string& out) {
    while (!piece.empty()) {
      if (pending_.empty()) {
        size_t good = utf8_prefix(piece);
        out += piece.substr(0, good);
        piece.remove_prefix(good);
        if (piece.empty()) return;
      }
      if (take(static_cast<uint8_t>(piece.front()), out)) piece.remove_prefix(1);
    }
  }

  // The bytes of a character that is not whole, as numbers: no codec changes those.
  THEATER_FIELDS(pending_)

 private:
  static size_t length_of(uint8_t lead) {
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
  }

  // Whether the byte may stand next in the character that has begun.
  bool continues(uint8_t byte) const {
    uint8_t lead = pending_.front();
    bool is_second = pending_.size() == 1;
    uint8_t low = is_second && lead == 0xE0 ? 0xA0 : is_second && lead == 0xF0 ? 0x90 : 0x80;
    uint8_t high = is_second && lead == 0xED ? 0x9F : is_second && lead == 0xF4 ? 0x8F : 0xBF;
    return byte >= low && byte <= high;
  }

  // False if the byte ended a broken character and is not read itself.
  bool take(uint8_t byte, std::string& out) {
    bool is_lead = pending_.empty();
    if (is_lead ? length_of(byte) == 0 : !continues(byte)) {
      out += "\xEF\xBF\xBD";
      pending_.clear();
      return is_lead;
    }
    pending_.push_back(byte);
    if (pending_.size() == length_of(pending_.front())) {
      out.append(pending_.begin(), pending_.end());
      pending_.clear();
    }
    return true;
  }

  std::vector<uint8_t> pending_;
};

}  // namespace theater::detail
