// Tables that fit the terminal.
//
// Columns are as wide as their widest cell. If that is too much for the terminal, the columns that
// may shrink do, the widest first, and a cell that is cut ends in `…`. Every cell passes the gate
// for foreign text (screen.h), so that none can leave its line.
#pragma once

#include "theater/cli/terminal/screen.h"
#include "theater/views/text.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::cli {

struct Column {
  std::string title;
  enum class Kind : uint8_t { kText, kShrinkingText, kNumber } kind = Kind::kText;
};

struct Cell {
  std::string text;
  std::string_view colour = {};  // As Screen::coloured() takes it; static storage.
};

// Not thread-safe.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // `row` has one cell for each column.
  void add(std::vector<Cell> row);

  // A line of titles and a line for each row.
  std::string text(const Screen& screen) const;

 private:
  std::vector<size_t> widths(size_t columns_max) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

using views::text_width;

// `text`, or as much of it as fits with `…` at its end.
std::string cut_to_width(std::string_view text, size_t width);

// Two aligned columns: names, and printable values.
std::string facts_text(const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace theater::cli
