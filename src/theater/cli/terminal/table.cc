#include "theater/cli/terminal/table.h"

#include "theater/base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace theater::cli {

namespace {

constexpr size_t kGap = 2;
constexpr size_t kShrunkWidthMin = 6;

}  // namespace

std::string cut_to_width(std::string_view text, size_t width) {
  if (text_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  return std::string(views::first_columns(text, width - 1)) + "…";
}

void Table::add(std::vector<Cell> row) {
  THEATER_CHECK(row.size() == columns_.size(), "a row of {} cells", row.size());
  for (Cell& cell : row)
    cell.text = printable(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<size_t> Table::widths(size_t columns_max) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = text_width(columns_[i].title);
    for (const auto& row : rows_)
      width = std::max(width, text_width(row[i].text));
    widths.push_back(width);
  }
  size_t gaps = columns_.empty() ? 0 : kGap * (columns_.size() - 1);
  size_t total = std::accumulate(widths.begin(), widths.end(), gaps);
  while (columns_max > 0 && total > columns_max) {
    size_t* widest = nullptr;
    for (size_t i = 0; i < widths.size(); ++i) {
      bool shrinks = columns_[i].kind == Column::Kind::kShrinkingText;
      if (shrinks && widths[i] > kShrunkWidthMin && (widest == nullptr || widths[i] > *widest))
        widest = &widths[i];
    }
    if (widest == nullptr) break;
    --*widest;
    --total;
  }
  return widths;
}

std::string Table::text(const Screen& screen) const {
  std::vector<size_t> widths = this->widths(screen.columns);
  std::string out;
  auto add_line = [&](const auto& cell_of) {
    std::string line;
    size_t left = screen.columns > 0 ? screen.columns : SIZE_MAX;
    for (size_t i = 0; i < columns_.size() && left > 0; ++i) {
      const Cell cell = cell_of(i);
      std::string text = cut_to_width(cell.text, std::min(widths[i], left));
      std::string padding(std::min(widths[i], left) - text_width(text), ' ');
      bool is_number = columns_[i].kind == Column::Kind::kNumber;
      bool is_last = i + 1 == columns_.size();
      if (is_number) line += padding;
      line += screen.coloured(text, cell.colour);
      if (is_last) break;
      if (!is_number) line += padding;
      left -= std::min(left, widths[i] + kGap);
      if (left > 0) line += std::string(kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  };
  add_line([&](size_t i) { return Cell{columns_[i].title, "1"}; });
  for (const auto& row : rows_)
    add_line([&](size_t i) { return row[i]; });
  return out;
}

std::string facts_text(const std::vector<std::pair<std::string, std::string>>& facts) {
  size_t width = 0;
  for (const auto& [name, value] : facts)
    width = std::max(width, text_width(name));
  std::string out;
  for (const auto& [name, value] : facts)
    out += fmt::format("{:<{}}  {}\n", printable(name), width, printable(value));
  return out;
}

}  // namespace theater::cli
