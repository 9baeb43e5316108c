// The terminal that standard output may be.
#pragma once

#include "theater/base/bytes.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace theater::cli {

// Value type.
struct Screen {
  bool is_terminal = false;
  size_t columns = 0;  // Zero for output without a bound.
  size_t rows = 0;     // Zero if it is not known.
  bool has_colours = false;

  // Of standard output. There are colours only on a terminal, and without NO_COLOR.
  static Screen of_output();

  // `text` in a colour, given by the number of its escape sequence; plain without colours.
  std::string coloured(std::string_view text, std::string_view colour) const;
};

// The gate for text of guests and servers: on one line, and without what a terminal obeys.
std::string printable(std::string_view text);

// Bytes of a guest for standard output: as they are for a program; on a terminal as printable text
// with its line ends, and a line end after it.
std::string bytes_for(const Screen& screen, ByteView bytes);

}  // namespace theater::cli
