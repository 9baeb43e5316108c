#include "theater/manifest/substitution.h"

#include <algorithm>

namespace theater {

namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

bool is_path_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

// Reads one placeholder, from just behind its `{{`.
class PlaceholderReader {
 public:
  PlaceholderReader(std::string_view text, size_t at) : text_(text), start_(at), at_(at) {}

  size_t end() const { return at_; }

  Result<std::string> read(const ContextLookup& lookup) {
    std::string_view path = word();
    std::optional<std::string> fallback;
    if (path == "default" && !at_close()) {
      path = word();
      fallback = THEATER_TRY(quoted());
    }
    if (path.empty() || !at_close()) return malformed();
    at_ += kClose.size();
    std::optional<std::string> found = lookup ? lookup(path) : std::nullopt;
    if (!found) found = std::move(fallback);
    if (!found) {
      return fail(ErrorCode::kInvalidArgument,
                  "the context has no value for {{{{{}}}}}; give one, or write "
                  "{{{{default {} \"…\"}}}}",
                  path, path);
    }
    return *std::move(found);
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ')
      ++at_;
  }

  bool at_close() {
    skip_spaces();
    return text_.substr(at_).starts_with(kClose);
  }

  std::string_view word() {
    skip_spaces();
    size_t start = at_;
    while (at_ < text_.size() && is_path_character(text_[at_]))
      ++at_;
    return text_.substr(start, at_ - start);
  }

  Result<std::string> quoted() {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != '"') return malformed();
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return value;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    return malformed();
  }

  Failure malformed() const {
    return fail(ErrorCode::kInvalidArgument,
                "cannot read the placeholder `{{{{{}`; write {{{{a.b}}}} or "
                "{{{{default a.b \"x\"}}}}, or \\{{{{ for literal braces",
                text_.substr(start_, std::min<size_t>(text_.size() - start_, 40)));
  }

  std::string_view text_;
  size_t start_;
  size_t at_;
};

}  // namespace

std::optional<std::string> keep_placeholder(std::string_view path) {
  return fmt::format("{{{{{}}}}}", path);
}

Result<std::string> substitute(std::string_view text, const ContextLookup& lookup) {
  std::string result;
  size_t at = 0;
  for (;;) {
    size_t open = text.find(kOpen, at);
    if (open == std::string_view::npos) break;
    if (open > at && text[open - 1] == '\\') {
      result += text.substr(at, open - 1 - at);
      result += kOpen;
      at = open + kOpen.size();
      continue;
    }
    result += text.substr(at, open - at);
    PlaceholderReader reader(text, open + kOpen.size());
    result += THEATER_TRY(reader.read(lookup));
    at = reader.end();
    if (result.size() > kSubstitutedSizeMax) break;
  }
  if (at < text.size()) result += text.substr(at);
  if (result.size() > kSubstitutedSizeMax) {
    return fail(ErrorCode::kInvalidArgument, "the value has more than {} bytes after substitution",
                kSubstitutedSizeMax);
  }
  return result;
}

}  // namespace theater
