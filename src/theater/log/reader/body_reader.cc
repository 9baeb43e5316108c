#include "theater/log/reader/body_reader.h"

#include "theater/log/segment/body_file.h"
#include "theater/log/segment/body_format.h"

#include <fmt/format.h>

#include <utility>

namespace theater::log {

namespace {

// Whether the head of a record with `room` bytes in the file tells the salt. A removed record has
// zeros there, and only its other bytes tell that it is not damaged.
bool tells_salt(const BodyHead& head, uint64_t room) {
  return head.record_size() <= room && head.length <= kBodyBytesMax &&
         head.stored <= kBodyBytesMax && !all_zero(head.salt);
}

}  // namespace

Result<std::vector<std::optional<StoredBody>>> BodyReader::read(uint64_t offset,
                                                                const std::vector<bool>& wanted) {
  if (!file_) THEATER_TRY_VOID(open());
  std::vector<std::optional<StoredBody>> bodies(wanted.size());
  if (!file_) return bodies;
  if (offset < kBodiesHeaderSize) return damage(offset, "an event's payloads cannot begin there");
  uint64_t size = THEATER_TRY(file_->size());
  for (size_t i = 0; i < bodies.size(); ++i) {
    std::optional<StoredBody>& body = bodies[i];
    if (!wanted[i]) {
      std::optional<BodyHead> head = THEATER_TRY(load_body_head(*file_, size, offset));
      if (head && tells_salt(*head, size - offset)) {
        body = StoredBody{.salt = head->salt};
        offset += head->record_size();
        continue;
      }
    }
    Result<UnpackedBody> unpacked =
        unpacker_.read(offset, [&](uint64_t at) { return load_body(*file_, size, at); });
    if (!unpacked) {
      return Failure(std::move(unpacked).error().with_context(
          fmt::format("{} is damaged at offset {}", path_.string(), offset)));
    }
    if (unpacked->bytes || unpacked->state == UnpackedBody::State::kAbsent) {
      body = StoredBody{.salt = unpacked->salt, .shared = std::move(unpacked->bytes)};
    }
    // What follows lies beyond the end, too.
    if (unpacked->state == UnpackedBody::State::kBeyondEnd) break;
    offset += unpacked->record_size;
  }
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

Failure BodyReader::damage(uint64_t offset, std::string_view text) const {
  return fail(ErrorCode::kCorrupt, "{} is damaged at offset {}: {}", path_.string(), offset, text);
}

}  // namespace theater::log
