#include "theater/log/recovery/damaged_log.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/log/event/event.h"
#include "theater/log/merkle/checkpoint_file.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/recovery/open_actor.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/segment/segment_scan.h"
#include "theater/log/writer/log_end.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>

namespace theater::log {

namespace fs = std::filesystem;

namespace {

std::optional<Error> if_damage(const Error& error) {
  if (error.code() == ErrorCode::kCorrupt) return error;
  return std::nullopt;
}

Result<void> read_what_is_open(const fs::path& folder) {
  std::unique_ptr<LogReader> reader = THEATER_TRY(LogReader::open(folder));
  SnapshotUse none{[](const Hash&) { return false; }, {}};
  THEATER_TRY_VOID(read_open_actors(*reader, none));
  return {};
}

// Takes the whole groups of a segment that continues where the tree ends; false if that was not all
// of a sealed segment, so that nothing can follow.
bool take_groups(ByteView segment, const ReadHeader& read, Tree& tree) {
  GroupScanner scanner(segment, read.header, scan_start(read));
  while (const ScannedGroup* group = scanner.next()) {
    Tree grown = tree;
    for (const Frame& frame : group->events)
      grown.append(event_hash(frame.event()));
    if (grown.root() != group->trailer.root) return false;
    tree = std::move(grown);
  }
  return scanner.stop().reason == StopReason::kFooter;
}

Result<DamageAccepted> describe_groups(const fs::path& folder) {
  std::optional<ActorId> id;
  Tree tree;
  bool goes_on = true;
  for (uint64_t number : THEATER_TRY(list_segments(folder))) {
    Bytes bytes = THEATER_TRY(read_file(segment_path(folder, number)));
    Result<ReadHeader> read = read_header(bytes);
    goes_on = goes_on && read && read->header.number == number &&
              read->header.first == tree.size() && (!id || read->header.log_id == *id);
    if (read && !id) id = read->header.log_id;
    if (goes_on) goes_on = take_groups(bytes, *read, tree);
    if (id && !goes_on) break;
  }
  if (!id) {
    return Failure(Error(ErrorCode::kCorrupt,
                         fmt::format("nothing in {} says which log it was: it has no checkpoint of "
                                     "this home's key, and no segment with a header",
                                     folder.string()))
                       .with_hint("a log that begins after that folder is moved away by hand "
                                  "continues none"));
  }
  return DamageAccepted{log_origin(*id), tree.size(), tree.root()};
}

Result<DamageAccepted> describe(const fs::path& folder, const PublicKey& key) {
  Result<std::optional<Checkpoint>> read = read_any_checkpoint_file(folder, key);
  if (read && *read) return DamageAccepted{(*read)->origin, (*read)->size, (*read)->root};
  if (!read && read.error().code() != ErrorCode::kCorrupt) return Failure(std::move(read).error());
  return describe_groups(folder);
}

fs::path numbered(const fs::path& damaged, uint64_t number) {
  return damaged / std::to_string(number);
}

// 0 if there is none.
Result<uint64_t> newest_number(const fs::path& damaged) {
  uint64_t newest = 0;
  std::error_code error;
  fs::directory_iterator found(damaged, error);
  if (error == std::errc::no_such_file_or_directory) return newest;
  for (; !error && found != fs::directory_iterator(); found.increment(error)) {
    std::string name = found->path().filename().string();
    uint64_t number = 0;
    const char* end = name.data() + name.size();
    auto read = std::from_chars(name.data(), end, number);
    if (read.ec == std::errc() && read.ptr == end) newest = std::max(newest, number);
  }
  if (error) return os_failure("read the folder", damaged, error.value());
  return newest;
}

}  // namespace

Result<std::optional<Error>> find_damage(const fs::path& folder, const PublicKey& key) {
  Result<FoundLog> found = find_log_end(folder, key);
  std::optional<Error> damage;
  if (found && !found->end) return damage;
  Result<void> read = found ? read_what_is_open(folder) : Failure(found.error());
  if (!read) {
    damage = if_damage(read.error());
    if (!damage) return Failure(std::move(read).error());
  }
  return damage;
}

Result<SetAside> set_aside(const fs::path& folder, const fs::path& damaged, const PublicKey& key) {
  DamageAccepted log = THEATER_TRY(describe(folder, key));
  THEATER_TRY_VOID(make_private_folder(damaged));
  fs::path place = numbered(damaged, THEATER_TRY(newest_number(damaged)) + 1);
  THEATER_TRY_VOID(rename_file(folder, place));
  THEATER_TRY_VOID(sync_folder(damaged));
  THEATER_TRY_VOID(sync_folder(folder.parent_path()));
  return SetAside{std::move(place), std::move(log)};
}

Result<std::optional<DamageAccepted>> continued_log(const fs::path& damaged, const PublicKey& key) {
  uint64_t number = THEATER_TRY(newest_number(damaged));
  if (number == 0) return std::nullopt;
  return THEATER_TRY(describe(numbered(damaged, number), key));
}

}  // namespace theater::log
