// Takes answers out of the bytes that a server sends.
//
// It knows the answers of the API that state their length, and nothing more of HTTP, so that the
// load program is not the slow part of a measurement.
#pragma once

#include "theater/base/check.h"

#include <charconv>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace theater::bench {

// For one thread.
class AnswerReader {
 public:
  // Room for bytes to come, at least 4 KiB; arrived() says how many came.
  std::span<char> room() {
    constexpr size_t kRoomBytes = 4096;
    if (begin_ == end_) begin_ = end_ = 0;
    if (bytes_.size() - end_ < kRoomBytes) {
      std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
      if (bytes_.size() - end_ < kRoomBytes) bytes_.resize(bytes_.size() * 2 + 2 * kRoomBytes);
    }
    return std::span(bytes_).subspan(end_);
  }
  void arrived(size_t count) { end_ += count; }

  // Whether a whole answer has come: its status, and its body until the next call of room().
  bool next() {
    if (!has_head_) has_head_ = read_head();
    if (!has_head_ || end_ - begin_ < length_) return false;
    body_ = std::string_view(bytes_).substr(begin_, length_);
    begin_ += length_;
    has_head_ = false;
    return true;
  }
  int status() const { return status_; }
  std::string_view body() const { return body_; }

 private:
  bool read_head() {
    std::string_view head = std::string_view(bytes_).substr(begin_, end_ - begin_);
    size_t end = head.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    head = head.substr(0, end);
    status_ = number_after(head, " ");
    length_ = static_cast<size_t>(number_after(head, "\r\nContent-Length: "));
    begin_ += end + 4;
    return true;
  }

  // The number behind the first occurrence of the text; 0 without it, as for an answer of no length.
  static int number_after(std::string_view head, std::string_view text) {
    size_t at = head.find(text);
    int number = 0;
    if (at == std::string_view::npos) return number;
    head.remove_prefix(at + text.size());
    auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), number);
    THEATER_CHECK(error == std::errc(), "a head with a number that is none");
    return number;
  }

  std::string bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool has_head_ = false;
  int status_ = 0;
  size_t length_ = 0;
  std::string_view body_;
};

}  // namespace theater::bench
