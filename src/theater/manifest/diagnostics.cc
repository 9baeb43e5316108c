#include "theater/manifest/diagnostics.h"

#include "theater/base/check.h"
#include "theater/base/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace theater {

namespace {

bool is_control_character(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string shown(std::string_view message) {
  std::string text;
  for (char c : message) {
    // A UTF-8 sequence is cut before its first byte, never inside.
    bool starts = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (starts && text.size() >= Diagnostics::kMessageSizeMax) return text + "…";
    if (is_control_character(c)) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control_character);
}

void Diagnostics::add(SourcePosition position, std::string_view message) {
  ++count_;
  if (full()) return;
  auto after =
      std::upper_bound(complaints_.begin(), complaints_.end(), position,
                       [](SourcePosition a, const Complaint& b) { return a < b.position; });
  complaints_.insert(after, {position, shown(message)});
}

Error Diagnostics::to_error() const {
  THEATER_CHECK(!empty());
  std::string text;
  for (const Complaint& complaint : complaints_) {
    if (!text.empty()) text += '\n';
    text += fmt::format("{}:{}:{}: {}", shown(source_), complaint.position.line,
                        complaint.position.column, complaint.message);
  }
  if (count_ > complaints_.size())
    text += fmt::format("\nand {} more", count_ - complaints_.size());
  return Error(ErrorCode::kInvalidArgument, std::move(text));
}

std::string suggestion(std::string_view name, std::span<const std::string> known,
                       std::string_view what) {
  std::string text;
  if (auto near = nearest(name, known)) text = fmt::format("; did you mean `{}`?", *near);
  if (known.empty()) return text + fmt::format("; there are no {} here", what);
  return text +
         fmt::format("{} Known {}: {}", text.empty() ? "." : "", what, fmt::join(known, ", "));
}

}  // namespace theater
