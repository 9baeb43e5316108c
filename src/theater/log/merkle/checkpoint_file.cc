#include "theater/log/merkle/checkpoint_file.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"

#include <algorithm>

namespace theater::log {

namespace fs = std::filesystem;

namespace {

fs::path checkpoint_path(const fs::path& folder) {
  return folder / "checkpoint";
}

// The text in the file; empty if there is none, or nothing but zeros in it.
Result<std::string> read_note(const fs::path& folder) {
  Result<std::string> note =
      read_text_file(checkpoint_path(folder), SignedCheckpoint::kNoteBytesMax);
  if (!note && note.error().code() == ErrorCode::kNotFound) return std::string();
  std::string text = THEATER_TRY(std::move(note));
  bool is_zero = std::all_of(text.begin(), text.end(), [](char byte) { return byte == 0; });
  return is_zero ? std::string() : text;
}

Result<std::optional<SignedCheckpoint>> read_signed(const fs::path& folder) {
  std::string note = THEATER_TRY(read_note(folder));
  if (note.empty()) return std::nullopt;
  Result<SignedCheckpoint> read = parse_checkpoint(note);
  if (!read) {
    return fail(ErrorCode::kCorrupt, "{}: {}", checkpoint_path(folder).string(),
                read.error().to_string());
  }
  return *std::move(read);
}

Result<Checkpoint> believe(const SignedCheckpoint& read, const VerifierKey& key,
                           const fs::path& folder) {
  Result<void> verified = verify_checkpoint(read, key);
  if (verified) return read.checkpoint;
  return Failure(std::move(verified).error().with_context(checkpoint_path(folder).string()));
}

}  // namespace

Result<std::optional<Checkpoint>> read_checkpoint_file(const fs::path& folder,
                                                       const VerifierKey& key) {
  std::optional<SignedCheckpoint> read = THEATER_TRY(read_signed(folder));
  if (!read) return std::nullopt;
  Checkpoint checkpoint = THEATER_TRY(believe(*read, key, folder));
  if (checkpoint.origin != key.name) {
    return fail(ErrorCode::kCorrupt, "{} is of {}, but the log is {}",
                checkpoint_path(folder).string(), checkpoint.origin, key.name);
  }
  return checkpoint;
}

Result<std::optional<Checkpoint>> read_any_checkpoint_file(const fs::path& folder,
                                                           const PublicKey& key) {
  std::optional<SignedCheckpoint> read = THEATER_TRY(read_signed(folder));
  if (!read) return std::nullopt;
  return THEATER_TRY(believe(*read, {read->checkpoint.origin, key}, folder));
}

Result<bool> has_checkpoint_file(const fs::path& folder) {
  std::string note = THEATER_TRY(read_note(folder));
  return !note.empty();
}

Result<void> write_checkpoint_file(const fs::path& folder, const std::string& note,
                                   Lasting lasting) {
  fs::path path = checkpoint_path(folder);
  if (lasting == Lasting::kNow) return write_file(path, as_bytes(note), FileMode::kPrivate);
  fs::path temporary = path;
  temporary += ".tmp";
  FileHandle file = THEATER_TRY(FileHandle::open(temporary, OpenMode::kCreate));
  THEATER_TRY_VOID(file.truncate(0));
  THEATER_TRY_VOID(file.write_at(0, as_bytes(note)));
  return rename_file(temporary, path);
}

}  // namespace theater::log
