#include "theater/net/web_head_reader.h"

#include "theater/net/request_head.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace theater {

namespace {

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_space(char byte) {
  return byte == ' ' || byte == '\t';
}

}  // namespace

Result<void> WebHeadReader::feed(std::string_view line) {
  bytes_ += line.size();
  if (bytes_ > bytes_max_) {
    return fail(ErrorCode::kResourceExhausted, "has a head of more than {} bytes", bytes_max_);
  }
  line = without_line_end(line);
  switch (place_) {
    case Place::kStatus:
      return read_status(line);
    case Place::kFields:
      return line.empty() ? end_head() : read_field(line);
    case Place::kBehind:
      return {};
  }
  return {};
}

// https://www.rfc-editor.org/rfc/rfc9112#section-4, and what libcurl makes of HTTP/2.
Result<void> WebHeadReader::read_status(std::string_view line) {
  size_t space = line.find(' ');
  std::string_view digits = space == line.npos ? std::string_view() : line.substr(space + 1, 3);
  std::string_view rest =
      line.substr(std::min(line.size(), space == line.npos ? space : space + 4));
  bool ends = rest.empty() || rest.front() == ' ';
  bool is_number = digits.size() == 3 && digits.front() != '0' &&
                   std::all_of(digits.begin(), digits.end(),
                               [](char digit) { return digit >= '0' && digit <= '9'; });
  if (!line.starts_with("HTTP/") || !ends || !is_number) {
    return fail(ErrorCode::kCorrupt, "is no valid HTTP: its first line has no status");
  }
  std::from_chars(digits.data(), digits.data() + digits.size(), head_.status);
  if (head_.status == 101) {
    return fail(ErrorCode::kCorrupt,
                "is no valid HTTP: it changes to another protocol, which was not asked for");
  }
  marks_ends_ = !line.starts_with("HTTP/1.");
  place_ = Place::kFields;
  return {};
}

Result<void> WebHeadReader::read_field(std::string_view line) {
  if (is_space(line.front())) {
    // https://www.rfc-editor.org/rfc/rfc9112#section-5.2
    if (!field_) return fail(ErrorCode::kCorrupt, "is no valid HTTP: it begins with a folded line");
    std::string_view more = trimmed(line);
    if (!more.empty()) field_->value.append(field_->value.empty() ? "" : " ").append(more);
    return {};
  }
  THEATER_TRY_VOID(add_field());
  size_t colon = line.find(':');
  if (colon == line.npos || !is_http_token(line.substr(0, colon))) {
    return fail(ErrorCode::kCorrupt, "is no valid HTTP: a header has no valid name");
  }
  field_ =
      HttpHeader{std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))};
  return {};
}

Result<void> WebHeadReader::add_field() {
  if (!field_) return {};
  HttpHeader field = *std::exchange(field_, std::nullopt);
  if (!is_http_value(field.value)) {
    return fail(ErrorCode::kCorrupt, "is no valid HTTP: the header `{}` has control characters",
                field.name);
  }
  if (equals_ignoring_case(field.name, "Content-Length")) {
    THEATER_TRY_VOID(note_length(field.value));
  }
  if (equals_ignoring_case(field.name, "Transfer-Encoding")) {
    // Without TE no server may use another, and libcurl would decode it unasked.
    if (is_chunked_ || !equals_ignoring_case(field.value, "chunked")) {
      return fail(ErrorCode::kCorrupt,
                  "is no valid HTTP: it has a Transfer-Encoding other than `chunked`");
    }
    is_chunked_ = true;
  }
  head_.headers.add(std::move(field.name), std::move(field.value));
  return {};
}

Result<void> WebHeadReader::note_length(std::string_view value) {
  // 18 digits are more than any body, and cannot overflow.
  constexpr size_t kDigitsMax = 18;
  uint64_t length = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  bool is_number =
      error == std::errc() && end == value.data() + value.size() && value.size() <= kDigitsMax;
  if (!is_number) {
    return fail(ErrorCode::kCorrupt, "is no valid HTTP: its Content-Length is no plain number");
  }
  if (length_) return fail(ErrorCode::kCorrupt, "is no valid HTTP: it has two Content-Lengths");
  length_ = length;
  return {};
}

Result<void> WebHeadReader::end_head() {
  THEATER_TRY_VOID(add_field());
  if (head_.status < 200) {
    begin_next();
    return {};
  }
  if (length_ && is_chunked_) {
    return fail(ErrorCode::kCorrupt,
                "is no valid HTTP: it has both a Content-Length and a Transfer-Encoding");
  }
  place_ = Place::kBehind;
  return {};
}

void WebHeadReader::begin_next() {
  place_ = Place::kStatus;
  head_ = {};
  field_.reset();
  length_.reset();
  is_chunked_ = false;
}

}  // namespace theater
