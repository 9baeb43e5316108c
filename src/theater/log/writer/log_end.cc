#include "theater/log/writer/log_end.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/log/event/event.h"
#include "theater/log/event/little_endian.h"
#include "theater/log/merkle/checkpoint_file.h"
#include "theater/log/segment/body_format.h"
#include "theater/log/segment/sealed_segment.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/segment/segment_scan.h"

#include <algorithm>
#include <array>
#include <set>
#include <system_error>
#include <utility>

namespace theater::log {

namespace fs = std::filesystem;

namespace {

Failure damage(std::string text) {
  return Failure(Error(ErrorCode::kCorrupt, std::move(text)).with_hint(kDamageHint));
}

template <class... Args>
Failure damage(fmt::format_string<Args...> text, Args&&... args) {
  return damage(fmt::format(text, std::forward<Args>(args)...));
}

// A failure to read what should be there, as damage if it is of that kind.
Failure damage(const Error& error) {
  if (error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kNotFound) {
    return damage(error.to_string());
  }
  return Failure(error);
}

// Without the zeros at the end.
size_t length_used(ByteView bytes) {
  auto last = std::find_if(bytes.rbegin(), bytes.rend(), [](uint8_t byte) { return byte != 0; });
  return static_cast<size_t>(bytes.rend() - last);
}

// Whether the segment ends with a footer and its tail, and where the footer begins.
std::optional<uint64_t> whole_footer(ByteView segment) {
  std::optional<uint64_t> offset = footer_offset(segment);
  if (!offset || *offset > segment.size() - kTailSize) return std::nullopt;
  Result<std::optional<Frame>> frame =
      read_frame(segment.first(segment.size() - kTailSize), *offset);
  if (!frame || !*frame || (*frame)->kind != FrameKind::kFooter) return std::nullopt;
  if ((*frame)->end != segment.size() - kTailSize) return std::nullopt;
  return read_footer((*frame)->payload) ? offset : std::nullopt;
}

class Finder {
 public:
  Finder(const fs::path& folder, const PublicKey& key)
      : folder_(folder), segments_(segments_folder(folder)), key_(key) {}

  Result<FoundLog> find();

 private:
  Result<void> list_files();
  Result<bool> take_torn_beginning(uint64_t number);
  Result<LogEnd> read_newest(uint64_t number);
  Result<void> check_former(const SegmentHeader& header) const;
  Result<void> read_checkpoint(LogEnd& end);
  Result<void> at_checkpoint(LogEnd& end) const;
  Result<void> take_group(LogEnd& end, const ScannedGroup& group);
  Result<void> judge_stop(LogEnd& end, const SegmentHeader& header, const GroupScanner& scanner);
  Result<void> judge_bodies(const LogEnd& end);
  Result<void> look_back(LogEnd& end) const;
  fs::path path_of(uint64_t number) const { return segments_ / segment_file_name(number); }

  fs::path folder_;
  fs::path segments_;
  PublicKey key_;
  std::set<uint64_t> numbers_;
  std::set<uint64_t> bodies_;
  Bytes bytes_;  // Of the newest segment.
  std::optional<Checkpoint> checkpoint_;
  std::vector<TornTail> tails_;
};

Result<void> Finder::list_files() {
  std::error_code error;
  fs::directory_iterator found(segments_, error);
  if (error == std::errc::no_such_file_or_directory) return {};
  for (; !error && found != fs::directory_iterator(); found.increment(error)) {
    std::string name = found->path().filename().string();
    bool is_bodies = name.ends_with(".bodies");
    if (is_bodies) name = found->path().stem().string() + ".segment";
    std::optional<uint64_t> number = segment_number(name);
    if (number) (is_bodies ? bodies_ : numbers_).insert(*number);
  }
  if (error) return os_failure("read the folder", segments_, error.value());
  for (uint64_t number : bodies_) {
    if (!numbers_.contains(number)) {
      return damage("{} is missing: there is its body file", path_of(number).string());
    }
  }
  uint64_t next = 0;
  for (uint64_t number : numbers_) {
    if (number != next) {
      return damage("{} is missing: there is segment {}", path_of(next).string(), number);
    }
    ++next;
  }
  return {};
}

// A segment's header is synced before anything else, so a crash tears it only in a segment that
// has nothing yet.
Result<bool> Finder::take_torn_beginning(uint64_t number) {
  std::string path = path_of(number).string();
  Result<ReadHeader> read = read_header(bytes_);
  if (read) return false;
  ByteView version = ByteView(bytes_).subspan(std::min<size_t>(8, bytes_.size()));
  if (read.error().code() == ErrorCode::kUnsupported && length_used(version.first(4)) > 0) {
    return Failure(std::move(read).error().with_context(path));
  }
  SegmentHeader expected{.log_id = {}, .number = number, .first = 0, .next_actor = 0, .peaks = {}};
  if (number > 0) {
    Result<SealedSegment> former = SealedSegment::open(segments_, number - 1);
    if (!former) return damage(former.error());
    expected.log_id = former->header().log_id;
  } else if (bytes_.size() >= 32) {
    std::copy_n(bytes_.begin() + 16, 16, expected.log_id.bytes.begin());
  }
  std::optional<uint64_t> group = find_whole_group_after(bytes_, expected, 0, 0);
  if (group) {
    return damage("{}, offset 0: {}; a whole group follows at offset {}", path,
                  read.error().message(), *group);
  }
  if (bodies_.contains(number)) {
    return damage("{}, offset 0: {}; but there is its body file, which is made later", path,
                  read.error().message());
  }
  tails_.push_back({number, TornTail::File::kSegment, 0, length_used(bytes_)});
  return true;
}

Result<void> Finder::check_former(const SegmentHeader& header) const {
  if (header.number == 0) {
    if (header.first == 0) return {};
    return damage("{} begins with event {}, not with the first", path_of(0).string(), header.first);
  }
  Result<SealedSegment> former = SealedSegment::open(segments_, header.number - 1);
  if (!former) return damage(former.error());
  if (former->header().log_id != header.log_id) {
    return damage("{} is of log {}, but the segment before it of log {}",
                  path_of(header.number).string(), header.log_id.to_string(),
                  former->header().log_id.to_string());
  }
  if (former->end_index() == header.first) return {};
  return damage("{} begins with event {}, but the segment before it ends before event {}",
                path_of(header.number).string(), header.first, former->end_index());
}

Result<void> Finder::at_checkpoint(LogEnd& end) const {
  if (!checkpoint_ || checkpoint_->size != end.tree.size()) return {};
  if (end.tree.root() != checkpoint_->root) {
    return damage(
        "the log's first {} events have the root {}, but the checkpoint in {} says {}: events were "
        "changed after it was signed",
        checkpoint_->size, end.tree.root().to_string(), folder_.string(),
        checkpoint_->root.to_string());
  }
  end.published = end.tree;
  end.unpublished.clear();
  return {};
}

Result<void> Finder::take_group(LogEnd& end, const ScannedGroup& group) {
  std::string path = path_of(end.place.number).string();
  for (const Frame& frame : group.events) {
    Result<EventHead> head = event_head(frame.event());
    if (!head) {
      return damage("{}, offset {}: the event is not well formed: {}", path, frame.offset,
                    head.error().to_string());
    }
    Hash leaf = event_hash(frame.event());
    end.contents.add(frame.actor, head->seq, frame.offset);
    if (frame.actor == kNodeActor) {
      end.node = {.seq = head->seq + 1, .head = leaf, .time = head->time};
      end.contents.name(frame.actor, end.place.log_id);
    } else if (head->is_genesis) {
      Result<Event> event = decode_event_in_place(frame.event());
      if (!event) {
        return damage("{}, offset {}: the event is not well formed: {}", path, frame.offset,
                      event.error().to_string());
      }
      end.contents.name(frame.actor, std::get<Genesis>(event->body).actor);
    }
    end.tree.append(leaf);
    end.unpublished.push_back(leaf);
    THEATER_TRY_VOID(at_checkpoint(end));
  }
  if (end.tree.root() == group.trailer.root) return {};
  return damage("{}, offset {}: the trailer of the group says that the log's root is {}; it is {}",
                path, group.offset, group.trailer.root.to_string(), end.tree.root().to_string());
}

Result<void> Finder::judge_stop(LogEnd& end, const SegmentHeader& header,
                                const GroupScanner& scanner) {
  const ScanStop& stop = scanner.stop();
  uint64_t offset = scanner.position().offset;
  std::string path = path_of(header.number).string();
  std::optional<uint64_t> footer = whole_footer(bytes_);
  if (footer) {
    end.is_sealed = *footer == offset;
    if (end.is_sealed) return {};
    return damage("{}, offset {}: {}; the segment was sealed at offset {} after that", path,
                  stop.offset, stop.text.empty() ? "there is no group" : stop.text, *footer);
  }
  if (stop.reason == StopReason::kEnd) return {};
  std::optional<uint64_t> group =
      find_whole_group_after(bytes_, header, offset, scanner.position().index + 1);
  if (group) {
    return damage("{}, offset {}: {}; a whole group follows at offset {}", path, stop.offset,
                  stop.text, *group);
  }
  tails_.push_back({header.number, TornTail::File::kSegment, offset,
                    length_used(bytes_) - static_cast<size_t>(offset)});
  return {};
}

Result<void> Finder::judge_bodies(const LogEnd& end) {
  uint64_t stands = end.place.bodies_end;
  fs::path path = segments_ / bodies_file_name(end.place.number);
  uint64_t size = 0;
  std::optional<FileHandle> file;
  if (bodies_.contains(end.place.number)) {
    file = THEATER_TRY(FileHandle::open(path, OpenMode::kRead));
    size = THEATER_TRY(file->size());
  }
  if (size < stands) {
    return damage("{} has {} bytes, but the last group in its segment says that it has {}",
                  path.string(), size, stands);
  }
  if (!file) return {};
  if (stands > 0) {
    Bytes beginning(kBodiesHeaderSize);
    THEATER_TRY_VOID(file->read_exactly_at(0, beginning));
    Result<BodiesHeader> header = read_bodies_header(beginning);
    if (!header) return damage("{}, offset 0: {}", path.string(), header.error().message());
    if (header->log_id != end.place.log_id || header->segment != end.place.number) {
      return damage("{} is the body file of segment {} of log {}", path.string(), header->segment,
                    header->log_id.to_string());
    }
  }
  if (size == stands && stands > 0) return {};
  Bytes rest(static_cast<size_t>(size - stands));
  THEATER_TRY_VOID(file->read_exactly_at(stands, rest));
  // A header without any record is nothing to keep.
  size_t length = length_used(rest);
  if (stands == 0 && length <= kBodiesHeaderSize) length = 0;
  tails_.push_back({end.place.number, TornTail::File::kBodies, stands, length});
  return {};
}

// Where the node's chain ends, and who has events in the newest segment, may stand in older ones.
Result<void> Finder::look_back(LogEnd& end) const {
  std::vector<ActorNumber> unnamed = end.contents.unnamed();
  bool has_node = end.node.seq > 0 || end.tree.size() == 0;
  for (uint64_t number = end.place.number; number > 0 && (!unnamed.empty() || !has_node);) {
    Result<SealedSegment> segment = SealedSegment::open(segments_, --number);
    if (!segment) return damage(segment.error());
    std::erase_if(unnamed, [&](ActorNumber actor) {
      const FooterActor* entry = segment->find(actor);
      if (entry != nullptr) end.contents.name(actor, entry->id);
      return entry != nullptr;
    });
    const FooterActor* node = segment->find(kNodeActor);
    if (has_node || node == nullptr) continue;
    Result<Bytes> event = segment->read_event(node->offsets.back());
    if (!event) return damage(event.error());
    Result<EventHead> head = event_head(*event);
    if (!head) return damage(head.error().to_string());
    end.node = {.seq = head->seq + 1, .head = event_hash(*event), .time = head->time};
    has_node = true;
  }
  if (!has_node) return damage("{} has no event of the node's chain", segments_.string());
  if (unnamed.empty()) return {};
  return damage("{}: actor number {} has events but no genesis", path_of(end.place.number).string(),
                unnamed.front().value);
}

Result<LogEnd> Finder::read_newest(uint64_t number) {
  std::string path = path_of(number).string();
  Result<ReadHeader> read = read_header(bytes_);
  if (!read && read.error().code() == ErrorCode::kUnsupported) {
    return Failure(std::move(read).error().with_context(path));
  }
  if (!read) return damage("{}, offset 0: {}", path, read.error().message());
  const SegmentHeader& header = read->header;
  if (header.number != number) return damage("{} says that it is segment {}", path, header.number);
  THEATER_TRY_VOID(check_former(header));

  VerifierKey key{.name = log_origin(header.log_id), .key = key_};
  Result<std::optional<Checkpoint>> checkpoint = read_checkpoint_file(folder_, key);
  if (!checkpoint) return damage(checkpoint.error());
  checkpoint_ = *checkpoint;

  LogEnd end;
  end.place.log_id = header.log_id;
  end.place.number = number;
  end.tree = Tree(header.first, header.peaks);
  end.published = end.tree;
  THEATER_TRY_VOID(at_checkpoint(end));
  GroupScanner scanner(bytes_, header, scan_start(*read));
  uint64_t bodies_end = 0;
  while (const ScannedGroup* group = scanner.next()) {
    THEATER_TRY_VOID(take_group(end, *group));
    end.last_group = group->offset;
    end.last_bodies = std::exchange(bodies_end, group->trailer.bodies_end);
  }
  end.place.end = scanner.position().offset;
  end.place.bodies_end = scanner.position().bodies_end;
  end.next_actor = std::max({uint64_t{1}, header.next_actor, end.contents.next_actor()});
  THEATER_TRY_VOID(judge_bodies(end));
  THEATER_TRY_VOID(judge_stop(end, header, scanner));
  if (checkpoint_ && checkpoint_->size > end.tree.size()) {
    return damage(
        "{}, offset {}: the log ends with {} events, but its checkpoint says that it had {}", path,
        end.place.end, end.tree.size(), checkpoint_->size);
  }
  THEATER_TRY_VOID(look_back(end));
  return end;
}

Result<FoundLog> Finder::find() {
  THEATER_TRY_VOID(list_files());
  bool is_former = false;
  if (!numbers_.empty()) {
    uint64_t number = *numbers_.rbegin();
    bytes_ = THEATER_TRY(read_file(path_of(number), kSegmentBytesMax));
    is_former = THEATER_TRY(take_torn_beginning(number));
    if (is_former) numbers_.erase(number);
  }
  if (numbers_.empty()) {
    bool is_lost = THEATER_TRY(has_checkpoint_file(folder_));
    if (!is_lost) return FoundLog{std::nullopt, std::move(tails_)};
    return damage("{} has a checkpoint, but no segment", folder_.string());
  }
  uint64_t number = *numbers_.rbegin();
  if (is_former) bytes_ = THEATER_TRY(read_file(path_of(number), kSegmentBytesMax));
  LogEnd end = THEATER_TRY(read_newest(number));
  return FoundLog{std::move(end), std::move(tails_)};
}

}  // namespace

Result<FoundLog> find_log_end(const fs::path& folder, const PublicKey& key) {
  return Finder(folder, key).find();
}

}  // namespace theater::log
