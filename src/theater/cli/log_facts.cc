#include "theater/cli/log_facts.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/log/event.h"
#include "theater/log/segment_format.h"
#include "theater/log/tree.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::cli {

namespace {

// More than any header has: 60 octets, and a peak of 32 for each bit of the size.
constexpr size_t kHeaderSizeMax = 60 + 64 * Hash::kSize;

Result<log::SegmentHeader> header_of(const log::LogReader& reader, uint64_t segment) {
  std::filesystem::path path = reader.folder() / "segments" / log::segment_file_name(segment);
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kRead));
  Bytes begin(kHeaderSizeMax);
  begin.resize(THEATER_TRY(file.read_at(0, begin)));
  return THEATER_TRY_CONTEXT(log::read_header(begin), "{}", path.string()).header;
}

}  // namespace

Result<Hash> log_root(const log::LogReader& reader) {
  if (reader.size() == 0) return log::empty_root();
  log::LogCursor last = reader.node_cursor(reader.size() - 1);
  std::optional<log::StoredEvent> newest = THEATER_TRY(last.next());
  if (!newest) return fail(ErrorCode::kCorrupt, "the log's last event is gone");
  log::SegmentHeader header = THEATER_TRY(header_of(reader, newest->segment));
  log::Tree tree(header.first, header.peaks);
  log::LogCursor cursor = reader.node_cursor(header.first);
  while (tree.size() < reader.size()) {
    std::optional<log::StoredEvent> event = THEATER_TRY(cursor.next());
    if (!event) return fail(ErrorCode::kCorrupt, "the log has no event {}", tree.size());
    tree.append(log::event_hash(event->bytes));
  }
  return tree.root();
}

Result<std::optional<NewestCheckpoint>> newest_checkpoint(const log::LogReader& reader) {
  std::filesystem::path path = reader.folder() / "checkpoint";
  auto note = read_text_file(path);
  if (!note && note.error().code() == ErrorCode::kNotFound) return std::nullopt;
  if (!note) return Failure(std::move(note).error());
  auto checkpoint = log::parse_checkpoint(*note);
  if (!checkpoint) {
    return fail(ErrorCode::kCorrupt, "{}: {}", path.string(), checkpoint.error().to_string());
  }
  return NewestCheckpoint{*std::move(note), std::move(checkpoint->checkpoint)};
}

Result<log::VerifierKey> log_key(const log::LogReader& reader) {
  log::LogCursor cursor = reader.actor_cursor(reader.log_id());
  while (std::optional<log::StoredEvent> stored = THEATER_TRY(cursor.next())) {
    auto event = log::decode_event_in_place(stored->bytes);
    if (!event) {
      return fail(ErrorCode::kCorrupt, "event {} of the log: {}", stored->index,
                  event.error().to_string());
    }
    const auto* control = std::get_if<log::Control>(&event->body);
    if (control == nullptr) continue;
    const auto* key = std::get_if<log::NodeKey>(&control->operation);
    if (key == nullptr) continue;
    log::VerifierKey found{.name = log::log_origin(reader.log_id()), .key = {}};
    if (key->value.size() != found.key.size()) {
      return fail(ErrorCode::kCorrupt, "event {} of the log names a key of {} octets, not {}",
                  stored->index, key->value.size(), found.key.size());
    }
    std::copy(key->value.begin(), key->value.end(), found.key.begin());
    return found;
  }
  return fail(ErrorCode::kNotFound, "the log in {} names no key", reader.folder().string());
}

}  // namespace theater::cli
