#include "theater/handlers/process/output_framer.h"

#include "theater/base/check.h"
#include "theater/base/utf8.h"
#include "theater/wit/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace theater {

namespace {

constexpr size_t kShownMax = 80;
constexpr size_t kCompactAbove = size_t{64} << 10;

bool is_blank(ByteView line) {
  return std::ranges::all_of(line, [](uint8_t byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
  });
}

}  // namespace

void OutputFramer::put(ByteView bytes) {
  THEATER_CHECK(bytes.size() <= room() && !is_finished_, "{} bytes are put into {}", bytes.size(),
                room());
  if (begin_ > kCompactAbove && begin_ > buffer_.size() / 2) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<ptrdiff_t>(begin_));
    begin_ = 0;
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void OutputFramer::drop(size_t count) {
  begin_ += count;
  scanned_ -= std::min(scanned_, count);
  if (begin_ < buffer_.size()) return;
  buffer_.clear();
  begin_ = 0;
}

Bytes OutputFramer::take(size_t count) {
  ByteView piece = waiting().first(count);
  Bytes taken(piece.begin(), piece.end());
  drop(count);
  return taken;
}

std::optional<size_t> OutputFramer::line_size() {
  ByteView all = waiting();
  auto found = std::find(all.begin() + static_cast<ptrdiff_t>(scanned_), all.end(), uint8_t{'\n'});
  scanned_ = static_cast<size_t>(found - all.begin());
  if (found == all.end()) return std::nullopt;
  return scanned_ + 1;
}

std::optional<Bytes> OutputFramer::next() {
  if (rules_.mode == FramingRules::Mode::kJson) return next_value();
  if (size() == 0) return std::nullopt;
  if (rules_.mode == FramingRules::Mode::kLine) return next_line();
  bool is_whole = rules_.mode == FramingRules::Mode::kRaw || is_finished_;
  if (!is_whole && size() < rules_.piece_max) return std::nullopt;
  return take(std::min(size(), rules_.piece_max));
}

std::optional<Bytes> OutputFramer::next_line() {
  std::optional<size_t> line = line_size();
  if (!line && is_finished_) line = size();
  if (line && *line <= rules_.piece_max) return take(*line);
  if (size() >= rules_.piece_max) return take(rules_.piece_max);
  return std::nullopt;
}

std::optional<Bytes> OutputFramer::next_value() {
  while (size() > 0) {
    std::optional<size_t> line = line_size();
    if (!line && is_finished_) line = size();
    if (is_skipping_) {
      drop(line.value_or(size()));
      is_skipping_ = !line;
      continue;
    }
    size_t end = line && waiting()[*line - 1] == '\n' ? 1 : 0;
    bool is_too_long = line.value_or(size()) - end > rules_.piece_max;
    if (is_too_long) {
      complain(fmt::format("a line of more than {} bytes", rules_.piece_max));
      is_skipping_ = true;
      continue;
    }
    if (!line) return std::nullopt;
    Bytes text = take(*line);
    if (is_blank(text)) continue;
    if (text.back() == '\n') text.pop_back();
    if (wit::is_json(text)) return text;
    std::string_view shown(reinterpret_cast<const char*>(text.data()),
                           std::min(text.size(), kShownMax));
    complain(fmt::format("the line `{}`{}", as_utf8(std::string(shown)),
                         text.size() > kShownMax ? " and more" : ""));
  }
  return std::nullopt;
}

void OutputFramer::complain(std::string what) {
  if (!std::exchange(has_complained_, true)) complaint_ = std::move(what);
}

std::optional<std::string> OutputFramer::take_complaint() {
  return std::exchange(complaint_, std::nullopt);
}

}  // namespace theater
