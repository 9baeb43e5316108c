#include "theater/log/reader/body_reader.h"

#include "theater/log/segment/body_format.h"

#include <array>

namespace theater::log {

Result<std::vector<std::optional<StoredBody>>> BodyReader::read(uint64_t offset, size_t count) {
  if (!file_) THEATER_TRY_VOID(open());
  std::vector<std::optional<StoredBody>> bodies(count);
  if (!file_) return bodies;
  if (offset < kBodiesHeaderSize) return damage(offset, "an event's payloads cannot begin there");
  uint64_t size = THEATER_TRY(file_->size());
  for (std::optional<StoredBody>& body : bodies)
    body = THEATER_TRY(read_record(offset, size));
  return bodies;
}

Result<void> BodyReader::open() {
  Result<FileHandle> file = FileHandle::open(path_, OpenMode::kRead);
  if (!file && file.error().code() == ErrorCode::kNotFound) return {};
  if (!file) return Failure(std::move(file).error());
  Bytes beginning(kBodiesHeaderSize);
  beginning.resize(THEATER_TRY(file->read_at(0, beginning)));
  if (beginning.size() < kBodiesHeaderSize) return {};
  BodiesHeader header =
      THEATER_TRY_CONTEXT(read_bodies_header(beginning), "reading {}", path_.string());
  if (header != BodiesHeader{.log_id = log_id_, .segment = segment_}) {
    return damage(0, "it is the body file of another segment or log");
  }
  file_ = std::move(*file);
  return {};
}

// Moves `offset` to the record that follows; to the end, if this one reaches beyond it.
Result<std::optional<StoredBody>> BodyReader::read_record(uint64_t& offset, uint64_t size) const {
  std::array<uint8_t, kBodyHeadSize> bytes{};
  if (offset > size || size - offset < kBodyHeadSize ||
      THEATER_TRY(file_->read_at(offset, bytes)) < kBodyHeadSize) {
    offset = size;
    return std::nullopt;
  }
  BodyHead head = read_body_head(bytes);
  if (head.record_size() > size - offset) {
    offset = size;
    return std::nullopt;
  }
  StoredBody body{.salt = head.salt, .bytes = Bytes(head.length)};
  if (THEATER_TRY(file_->read_at(offset + kBodyHeadSize, body.bytes)) < head.length) {
    offset = size;
    return std::nullopt;
  }
  BodyState state = body_state(head, body.bytes);
  if (state == BodyState::kDamaged) return damage(offset, "the checksum of the payload differs");
  offset += head.record_size();
  if (state == BodyState::kRemoved) return std::nullopt;
  return body;
}

Failure BodyReader::damage(uint64_t offset, std::string_view text) const {
  return fail(ErrorCode::kCorrupt, "{} is damaged at offset {}: {}", path_.string(), offset, text);
}

}  // namespace theater::log
