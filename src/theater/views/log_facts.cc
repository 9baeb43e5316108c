#include "theater/views/log_facts.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/log/event/event.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/reader/log_proofs.h"
#include "theater/log/segment/segment_format.h"

#include <chrono>
#include <thread>
#include <utility>

namespace theater::views {

namespace {

// Bound of a header: 60 bytes, and a peak of 32 bytes for each bit of the size.
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
  if (note->find_first_not_of('\0') == std::string::npos) return std::nullopt;
  auto checkpoint = log::parse_checkpoint(*note);
  if (!checkpoint) {
    return fail(ErrorCode::kCorrupt, "{}: {}", path.string(), checkpoint.error().to_string());
  }
  return NewestCheckpoint{*std::move(note), std::move(checkpoint->checkpoint)};
}

Result<std::optional<NewestCheckpoint>> checkpoint_covering(log::LogReader& reader,
                                                            uint64_t index) {
  constexpr std::chrono::milliseconds kPatience{1000};
  constexpr std::chrono::milliseconds kPollPeriod{20};
  auto end = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    std::optional<NewestCheckpoint> newest = THEATER_TRY(newest_checkpoint(reader));
    bool covers = newest && newest->checkpoint.size > index;
    if (covers || std::chrono::steady_clock::now() >= end) {
      THEATER_TRY_VOID(reader.refresh());
      return newest;
    }
    std::this_thread::sleep_for(kPollPeriod);
  }
}

Error no_checkpoint_in(const log::LogReader& reader) {
  return Error(ErrorCode::kNotFound, fmt::format("no checkpoint in {}", reader.folder().string()))
      .with_hint(
          "a run that ends gracefully leaves one; `theater log head --json` shows the size and the "
          "root without it");
}

Result<log::Checkpoint> read_kept_checkpoint(const std::filesystem::path& path) {
  std::string note = THEATER_TRY(read_text_file(path));
  return THEATER_TRY_CONTEXT(log::parse_checkpoint(note), "{}", path.string()).checkpoint;
}

Result<log::VerifierKey> log_key(const log::LogReader& reader) {
  std::optional<log::VerifierKey> key = THEATER_TRY(log::log_key_at(reader, UINT64_MAX));
  if (key) return *key;
  return fail(ErrorCode::kNotFound, "the log in {} names no key", reader.folder().string());
}

}  // namespace theater::views
