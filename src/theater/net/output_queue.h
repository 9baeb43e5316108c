// Bytes on their way to a socket that takes them in its own time.
//
// Small pieces are joined, so that several answers leave in one system call. A large piece is kept
// as it is and not copied.
#pragma once

#include "theater/base/bytes.h"

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace theater {

// Not thread-safe. Has no bound itself: its owner looks at size() before it adds more.
class OutputQueue {
 public:
  // The most pieces that one write takes.
  static constexpr size_t kPiecesMax = 8;

  // A text to append to, directly behind what is queued. Call grown() afterwards.
  std::string& tail();
  void grown();

  void add(std::string_view bytes);
  void add(Bytes bytes);
  // Keeps the bytes, which others may send as well.
  void add(std::shared_ptr<const Bytes> bytes);

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  // The first pieces, for one write. They stay where they are until taken() drops them, also while
  // more is added.
  std::span<const ByteView> front();
  // Drops so many bytes from the front.
  void taken(size_t count);

 private:
  struct Piece {
    std::string text;
    Bytes bytes;
    std::shared_ptr<const Bytes> shared;
    bool is_fixed = false;  // Is no text, or is being written: nothing may be appended.
    ByteView view() const {
      if (shared != nullptr) return *shared;
      return bytes.empty() ? as_bytes(text) : ByteView(bytes);
    }
  };

  std::deque<Piece> pieces_;
  std::array<ByteView, kPiecesMax> front_;
  size_t offset_ = 0;  // Bytes of the first piece that are gone.
  size_t size_ = 0;
  size_t counted_ = 0;  // Size of the last piece when it was last counted.
};

}  // namespace theater
