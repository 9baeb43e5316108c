// Memory for large pieces of bytes that come and go, such as the bodies of a log.
//
// The system hands out fresh memory page by page, and clears each page first. For a piece that is
// filled, read once and freed, that costs more than the filling. So the pool keeps the memory of
// the pieces that were freed last, for the pieces that come next.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace theater {

// Safe from any thread. Move-only.
class BytesPool {
 public:
  // Keeps at most so many free pieces, of so many bytes together.
  static constexpr size_t kFreeMax = 4;
  static constexpr size_t kFreeBytesMax = size_t{16} << 20;

  BytesPool() : free_(std::make_shared<Free>()) {}
  BytesPool(BytesPool&&) noexcept = default;
  BytesPool& operator=(BytesPool&&) noexcept = default;

  // An empty piece with room for `size` bytes, and for some more where sizes grow. Its memory comes
  // back when its last owner has gone, on whichever thread. It may outlive the pool.
  std::shared_ptr<Bytes> take(size_t size);

 private:
  using Free = Guarded<std::vector<Bytes>>;

  // Two threads may end a piece and the pool at the same time: both own the list.
  std::shared_ptr<Free> free_;
};

}  // namespace theater
