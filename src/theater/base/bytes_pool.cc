#include "theater/base/bytes_pool.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace theater {

namespace {

constexpr size_t kMoreMax = size_t{1} << 20;

bool has_less_room(const Bytes& a, const Bytes& b) {
  return a.capacity() < b.capacity();
}

// The smallest piece that has enough room; without one, memory of its own, in place of the smallest
// piece.
Bytes take_from(std::vector<Bytes>& free, size_t size) {
  std::sort(free.begin(), free.end(), has_less_room);
  auto found = std::find_if(free.begin(), free.end(),
                            [size](const Bytes& piece) { return piece.capacity() >= size; });
  Bytes taken;
  if (found != free.end()) {
    taken = std::move(*found);
    free.erase(found);
  } else if (!free.empty()) {
    free.erase(free.begin());
  }
  return taken;
}

void give_back(std::vector<Bytes>& free, Bytes bytes) {
  size_t room =
      std::accumulate(free.begin(), free.end(), bytes.capacity(),
                      [](size_t sum, const Bytes& piece) { return sum + piece.capacity(); });
  if (free.size() == BytesPool::kFreeMax || room > BytesPool::kFreeBytesMax) return;
  bytes.clear();
  free.push_back(std::move(bytes));
}

}  // namespace

std::shared_ptr<Bytes> BytesPool::take(size_t size) {
  struct Piece {
    explicit Piece(std::shared_ptr<Free> home) : free(std::move(home)) {}
    ~Piece() {
      free->with([this](std::vector<Bytes>& pieces) { give_back(pieces, std::move(bytes)); });
    }
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;

    std::shared_ptr<Free> free;
    Bytes bytes;
  };
  auto piece = std::make_shared<Piece>(free_);
  piece->bytes =
      free_->with([size](std::vector<Bytes>& pieces) { return take_from(pieces, size); });
  if (piece->bytes.capacity() < size) piece->bytes.reserve(size + std::min(size / 4, kMoreMax));
  return {piece, &piece->bytes};
}

}  // namespace theater
