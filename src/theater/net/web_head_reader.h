// Reads the heads of an answer, line by line, as libcurl hands them on.
//
// libcurl is lenient: it takes numbers with text behind them, the last of two lengths, and encodings
// of the transfer that were not asked for. A head that could be read in two ways is refused here,
// because the next answer on the same connection begins where this one is thought to end.
#pragma once

#include "theater/base/result.h"
#include "theater/net/web_request.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// Not thread-safe.
class WebHeadReader {
 public:
  explicit WebHeadReader(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Takes one line with its end. Interim heads (1xx) are skipped, and so are the lines behind the
  // final head. Fails with kResourceExhausted if all lines together are larger than the bound, and
  // with kCorrupt if they are no head; the message ends a sentence that begins with "the answer".
  Result<void> feed(std::string_view line);

  // Whether the final head has ended.
  bool is_whole() const { return place_ == Place::kBehind; }
  // Of a whole head: the status and the headers.
  WebHead take() { return std::move(head_); }
  uint16_t status() const { return head_.status; }
  // Of a whole head: the body's length, if it is stated, and whether it comes in chunks.
  std::optional<uint64_t> length() const { return length_; }
  bool is_chunked() const { return is_chunked_; }
  // Whether the version marks the end of a body by itself, as HTTP/2 does.
  bool marks_ends() const { return marks_ends_; }

 private:
  enum class Place : uint8_t { kStatus, kFields, kBehind };

  Result<void> read_status(std::string_view line);
  Result<void> read_field(std::string_view line);
  Result<void> add_field();
  Result<void> note_length(std::string_view value);
  Result<void> end_head();
  void begin_next();

  const size_t bytes_max_;
  size_t bytes_ = 0;
  Place place_ = Place::kStatus;
  WebHead head_;
  std::optional<HttpHeader> field_;  // The last one, which a folded line may continue.
  std::optional<uint64_t> length_;
  bool is_chunked_ = false;
  bool marks_ends_ = false;
};

}  // namespace theater
