#include "theater/log/segment/body_file.h"

#include <array>
#include <utility>

namespace theater::log {

Result<std::optional<BodyHead>> load_body_head(const FileHandle& file, uint64_t size,
                                               uint64_t offset) {
  std::array<uint8_t, kBodyHeadSize> bytes{};
  if (offset > size || size - offset < kBodyHeadSize) return std::nullopt;
  if (THEATER_TRY(file.read_at(offset, bytes)) < kBodyHeadSize) return std::nullopt;
  return read_body_head(bytes);
}

Result<LoadedBody> load_body(const FileHandle& file, uint64_t size, uint64_t offset) {
  LoadedBody record{.state = LoadedBody::State::kBeyondEnd};
  std::optional<BodyHead> found = THEATER_TRY(load_body_head(file, size, offset));
  if (!found) return record;
  const BodyHead& head = *found;
  record.packed.length = head.length;
  record.record_size = head.record_size();
  if (head.record_size() > size - offset) return record;
  if (head.stored > kBodyBytesMax || head.length > kBodyBytesMax) {
    record.state = LoadedBody::State::kTooLarge;
    return record;
  }
  record.bytes.resize(head.stored);
  if (THEATER_TRY(file.read_at(offset + kBodyHeadSize, record.bytes)) < head.stored) return record;
  switch (body_state(head, record.bytes)) {
    case BodyState::kDamaged:
      return fail(ErrorCode::kCorrupt, "the checksum of a body of {} bytes differs", head.length);
    case BodyState::kRemoved:
      record.state = LoadedBody::State::kRemoved;
      return record;
    case BodyState::kWhole:
      break;
  }
  record.packed = THEATER_TRY(packed_body(head, record.bytes, offset));
  record.state = LoadedBody::State::kThere;
  return record;
}

}  // namespace theater::log
