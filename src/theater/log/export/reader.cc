#include "theater/log/export/reader.h"

#include "theater/base/file_handle.h"
#include "theater/log/event/body_use.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/event/named_content.h"

#include <algorithm>
#include <array>
#include <utility>

namespace theater::log {

namespace {

constexpr size_t kWindowSize = size_t{1} << 18;

class FileInput final : public ExportInput {
 public:
  FileInput(FileHandle file, uint64_t size) : file_(std::move(file)), size_(size) {}

  uint64_t size() const override { return size_; }
  Result<void> read_at(uint64_t offset, std::span<uint8_t> out) const override {
    return file_.read_exactly_at(offset, out);
  }

 private:
  FileHandle file_;
  uint64_t size_;
};

class MemoryInput final : public ExportInput {
 public:
  explicit MemoryInput(Bytes bytes) : bytes_(std::move(bytes)) {}

  uint64_t size() const override { return bytes_.size(); }
  Result<void> read_at(uint64_t offset, std::span<uint8_t> out) const override {
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), out.size(), out.begin());
    return {};
  }

 private:
  Bytes bytes_;
};

bool is_blob(ExportSection kind) {
  return kind == ExportSection::kBlob || kind == ExportSection::kMissingBlob;
}

}  // namespace

Result<std::unique_ptr<ExportInput>> export_file(const std::filesystem::path& path) {
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kReadThroughLink));
  uint64_t size = THEATER_TRY(file.size());
  return std::unique_ptr<ExportInput>(std::make_unique<FileInput>(std::move(file), size));
}

std::unique_ptr<ExportInput> export_in_memory(Bytes bytes) {
  return std::make_unique<MemoryInput>(std::move(bytes));
}

bool is_export_file(const std::filesystem::path& path) {
  Result<FileHandle> file = FileHandle::open(path, OpenMode::kReadThroughLink);
  if (!file) return false;
  std::array<uint8_t, kExportMagic.size()> begin{};
  Result<size_t> got = file->read_at(0, begin);
  return got && *got == begin.size() && as_text(begin) == kExportMagic;
}

Result<std::unique_ptr<ExportReader>> ExportReader::open(std::unique_ptr<ExportInput> input,
                                                         BodyAllowance* allowance) {
  std::unique_ptr<ExportReader> reader(
      new ExportReader(std::move(input), allowance));  // tidy: owned by `reader`
  THEATER_TRY_VOID(reader->begin());
  return reader;
}

Result<void> ExportReader::begin() {
  ByteView bytes = THEATER_TRY(take(kExportHeaderSize));
  header_ = THEATER_TRY(read_export_header(bytes));
  at_ = kExportHeaderSize;
  Section statement = THEATER_TRY(expect(ExportSection::kStatement));
  // A recipient reads the statement and believes it, so it may say nothing else.
  if (as_text(statement.payload) != kExportStatement) {
    return fail(ErrorCode::kCorrupt, "the statement is not that of version {}", kExportVersion);
  }
  Section key = THEATER_TRY(expect(ExportSection::kKey));
  if (key.payload.empty()) return {};
  auto parsed = parse_verifier_key(as_text(key.payload));
  if (!parsed) return fail(ErrorCode::kCorrupt, "the key: {}", parsed.error().message());
  key_ = *std::move(parsed);
  return {};
}

Result<ByteView> ExportReader::take(size_t size) {
  if (size > input_->size() - at_) {
    return fail(ErrorCode::kCorrupt, "the file ends too early: {} bytes are missing",
                size - (input_->size() - at_));
  }
  if (at_ < window_at_ || at_ + size > window_at_ + window_.size()) {
    window_.resize(
        static_cast<size_t>(std::min<uint64_t>(std::max(size, kWindowSize), input_->size() - at_)));
    window_at_ = at_;
    THEATER_TRY_VOID(input_->read_at(at_, window_));
  }
  return ByteView(window_).subspan(static_cast<size_t>(at_ - window_at_), size);
}

Result<ExportReader::Section> ExportReader::read_section() {
  offset_ = at_;
  ByteView bytes = THEATER_TRY(take(kExportSectionHeadSize));
  ExportSectionHead head = read_export_section_head(bytes);
  std::optional<ExportSection> kind = export_section(head.kind);
  if (!kind) return fail(ErrorCode::kCorrupt, "a section of the unknown kind {}", head.kind);
  if (head.length > export_payload_max(*kind)) {
    return fail(ErrorCode::kCorrupt, "a section `{}` of {} bytes, which has at most {}",
                export_section_name(*kind), head.length, export_payload_max(*kind));
  }
  size_t size = kExportSectionHeadSize + size_t{head.length};
  ByteView payload = THEATER_TRY(take(size)).subspan(kExportSectionHeadSize);
  if (export_section_checksum(head, payload) != head.checksum) {
    return fail(ErrorCode::kCorrupt, "the checksum of the section `{}` is wrong",
                export_section_name(*kind));
  }
  at_ += size;
  return Section{.kind = *kind, .offset = offset_, .payload = payload};
}

Result<ExportReader::Section> ExportReader::expect(ExportSection kind) {
  Section section = THEATER_TRY(read_section());
  if (section.kind == kind) return section;
  return fail(ErrorCode::kCorrupt, "a section `{}`, where `{}` must stand",
              export_section_name(section.kind), export_section_name(kind));
}

Result<std::optional<ExportedEvent>> ExportReader::next() {
  while (!at_end_) {
    Section section = THEATER_TRY(read_section());
    std::optional<ExportSection> before = std::exchange(before_, section.kind);
    if (!pending_.empty() && !is_blob(section.kind) && section.kind != ExportSection::kEvent) {
      return fail(ErrorCode::kCorrupt, "a blob stands before a section `{}`, not before an event",
                  export_section_name(section.kind));
    }
    switch (section.kind) {
      case ExportSection::kBlob:
      case ExportSection::kMissingBlob:
        THEATER_TRY_VOID(take_blob(section));
        break;
      case ExportSection::kEvent:
        return THEATER_TRY(take_event(section));
      case ExportSection::kInclusion:
        THEATER_TRY_VOID(take_inclusion(section));
        break;
      case ExportSection::kConsistency:
        if (before != ExportSection::kInclusion) {
          return fail(ErrorCode::kCorrupt,
                      "a consistency proof that does not follow the inclusion proof");
        }
        THEATER_TRY_VOID(take_consistency(section));
        break;
      case ExportSection::kEnd:
        THEATER_TRY_VOID(take_end(section));
        break;
      default:
        return fail(ErrorCode::kCorrupt, "a section `{}` cannot stand here",
                    export_section_name(section.kind));
    }
  }
  return std::nullopt;
}

Result<void> ExportReader::take_blob(const Section& section) {
  Blob blob;
  std::optional<Place> place;
  if (section.kind == ExportSection::kBlob) {
    blob = {.digest = sha256(section.payload), .length = section.payload.size(), .is_there = true};
    place = {.offset = section.offset + kExportSectionHeadSize, .length = section.payload.size()};
  } else {
    auto digest = Hash::from_bytes(section.payload);
    if (!digest) return fail(ErrorCode::kCorrupt, "the digest of a missing blob is cut off");
    blob.digest = *digest;
  }
  if (!known_.emplace(blob.digest, place).second) {
    return fail(ErrorCode::kCorrupt, "the blob {} is there twice", blob.digest.to_string());
  }
  ++counts_.blobs;
  pending_.push_back(blob);
  return {};
}

Result<ExportedEvent> ExportReader::take_event(const Section& section) {
  ExportedEvent event;
  event.offset = section.offset;
  event.bytes = to_bytes(section.payload);
  Result<void> decoded = decode_event_in_place(event.bytes, event.event);
  if (!decoded) {
    return fail(ErrorCode::kCorrupt, "event {} is not well formed: {}", counts_.events,
                decoded.error().message());
  }
  event.hash = event_hash(event.bytes);
  last_event_ = event.hash;
  THEATER_TRY_VOID(match_blobs(event));
  ++counts_.events;
  THEATER_TRY_VOID(take_bodies(event));
  return event;
}

// What the event names for the first time stands before it, in the order of its fields.
Result<void> ExportReader::match_blobs(const ExportedEvent& event) {
  size_t used = 0;
  for (const NamedContent& named : named_content(event.event.body)) {
    bool is_new = used < pending_.size() && pending_[used].digest == named.digest;
    if (!is_new && !known_.contains(named.digest)) {
      return fail(ErrorCode::kCorrupt, "the {} {} of event {} does not stand before it", named.what,
                  named.digest.to_string(), counts_.events);
    }
    const std::optional<Place>& place = known_.at(named.digest);
    if (place && named.length && *named.length != place->length) {
      return fail(ErrorCode::kCorrupt, "the {} {} has {} bytes, but event {} says {}", named.what,
                  named.digest.to_string(), place->length, counts_.events, *named.length);
    }
    if (!is_new) continue;
    // A state that a call has left is what a replay computes, and needs no file.
    if (!place && !computed_.is(named)) {
      missing_.push_back({std::string(named.what), named.digest, counts_.events});
    }
    ++used;
  }
  if (used < pending_.size()) {
    return fail(ErrorCode::kCorrupt, "event {} does not name the blob {} that stands before it",
                counts_.events, pending_[used].digest.to_string());
  }
  pending_.clear();
  computed_.accept(event.event.body);
  return {};
}

Result<void> ExportReader::take_bodies(ExportedEvent& event) {
  std::vector<std::pair<Detached, bool>> payloads;
  size_t ordinal = 0;
  for_each_payload(std::as_const(event.event.body), [&](const Payload& payload) {
    size_t mine = ordinal++;
    const auto* detached = std::get_if<Detached>(&payload);
    if (detached != nullptr) payloads.emplace_back(*detached, is_output(event.event.body, mine));
  });
  for (const auto& [payload, is_output] : payloads)
    event.bodies.push_back(THEATER_TRY(take_body(payload, is_output)));
  return {};
}

// A base stands before what needs it, so each body is read once as itself, and as a base mostly
// from the unpacker's cache.
Result<LoadedBody> ExportReader::load_base(uint64_t offset) const {
  std::array<uint8_t, kExportSectionHeadSize> bytes{};
  LoadedBody record;
  Failure none =
      fail(ErrorCode::kCorrupt, "the base of a body, at {}, is no section `body`", offset);
  if (offset < kExportHeaderSize || offset + bytes.size() > offset_) return none;
  THEATER_TRY_VOID(input_->read_at(offset, bytes));
  ExportSectionHead head = read_export_section_head(bytes);
  uint64_t room = offset_ - offset - bytes.size();
  if (export_section(head.kind) != ExportSection::kBody || head.length > room) return none;
  Bytes payload(head.length);
  THEATER_TRY_VOID(input_->read_at(offset + bytes.size(), payload));
  if (export_section_checksum(head, payload) != head.checksum) return none;
  PackedBody packed = THEATER_TRY(read_export_body(payload, offset));
  record.bytes = to_bytes(packed.stored);
  record.record_size = bytes.size() + payload.size();
  record.packed = packed;
  record.packed.stored = record.bytes;
  return record;
}

Result<std::optional<StoredBody>> ExportReader::take_body(const Detached& payload, bool is_output) {
  Section section = THEATER_TRY(read_section());
  before_ = section.kind;
  uint64_t seq = counts_.events - 1;
  StoredBody body;
  switch (section.kind) {
    case ExportSection::kRemovedBody:
      ++counts_.bodies;
      ++bodies_removed_;
      return std::nullopt;
    case ExportSection::kRecomputableBody:
      if (!is_output || section.payload.size() != body.salt.size()) {
        return fail(ErrorCode::kCorrupt, "a body of event {} is left out, but {}", seq,
                    is_output ? "its salt is cut off" : "no replay can make an input again");
      }
      ++counts_.bodies;
      ++bodies_recomputable_;
      std::copy_n(section.payload.begin(), body.salt.size(), body.salt.begin());
      return body;
    case ExportSection::kBody:
      break;
    default:
      return fail(ErrorCode::kCorrupt, "a section `{}` where a body of event {} must stand",
                  export_section_name(section.kind), seq);
  }
  ++counts_.bodies;
  LoadedBody record;
  record.packed = THEATER_TRY(read_export_body(section.payload, section.offset));
  record.bytes = to_bytes(record.packed.stored);
  record.record_size = kExportSectionHeadSize + section.payload.size();
  record.packed.stored = record.bytes;
  UnpackedBody unpacked =
      THEATER_TRY(unpacker_.read(section.offset, [&](uint64_t at) -> Result<LoadedBody> {
        if (at == section.offset) return std::move(record);
        return load_base(at);
      }));
  bool is_refused = unpacked.state == UnpackedBody::State::kRefused;
  if (is_refused && unpacked.length == payload.length) {
    ++bodies_removed_;
    return std::nullopt;
  }
  if (is_refused || unpacked.length != payload.length ||
      detached_hash(unpacked.salt, *unpacked.bytes) != payload.hash) {
    return fail(ErrorCode::kCorrupt, "the body does not have the hash that event {} says", seq);
  }
  body.salt = unpacked.salt;
  body.shared = std::move(unpacked.bytes);
  return body;
}

Result<void> ExportReader::take_inclusion(const Section& section) {
  if (inclusion_ || counts_.events == 0) {
    return fail(ErrorCode::kCorrupt, "an inclusion proof {}",
                inclusion_ ? "after another one" : "before the first event");
  }
  auto text = parse_inclusion_text(as_text(section.payload));
  if (!text) return fail(ErrorCode::kCorrupt, "the inclusion proof: {}", text.error().to_string());
  auto checkpoint = parse_checkpoint(text->note);
  if (!checkpoint) {
    return fail(ErrorCode::kCorrupt, "the checkpoint: {}", checkpoint.error().to_string());
  }
  inclusion_ = ExportedProof{.offset = section.offset,
                             .events = counts_.events,
                             .event = last_event_,
                             .text = *std::move(text),
                             .checkpoint = *std::move(checkpoint)};
  counts_.proved = counts_.events;
  return {};
}

Result<void> ExportReader::take_consistency(const Section& section) {
  auto text = parse_consistency_text(as_text(section.payload));
  if (!text) {
    return fail(ErrorCode::kCorrupt, "the consistency proof: {}", text.error().to_string());
  }
  if (text->note != inclusion_->text.note) {
    return fail(ErrorCode::kCorrupt, "the two proofs are under different checkpoints");
  }
  consistency_ = *std::move(text);
  return {};
}

Result<void> ExportReader::take_end(const Section& section) {
  if (section.payload.size() != kExportEndSize) {
    return fail(ErrorCode::kCorrupt, "the section `end` has {} bytes, not {}",
                section.payload.size(), kExportEndSize);
  }
  ExportEnd end = read_export_end(section.payload);
  if (end != counts_) {
    return fail(ErrorCode::kCorrupt,
                "the end speaks of {} events, {} of them proved, {} bodies and {} blobs; there are "
                "{}, {}, {} and {}",
                end.events, end.proved, end.bodies, end.blobs, counts_.events, counts_.proved,
                counts_.bodies, counts_.blobs);
  }
  if (at_ != input_->size()) {
    offset_ = at_;
    return fail(ErrorCode::kCorrupt, "{} bytes stand after the end", input_->size() - at_);
  }
  at_end_ = true;
  return {};
}

Result<Bytes> ExportReader::blob(const Hash& digest) const {
  auto found = known_.find(digest);
  if (found == known_.end() || !found->second) {
    return fail(ErrorCode::kNotFound, "the export has no blob {}", digest.to_string());
  }
  Bytes bytes(static_cast<size_t>(found->second->length));
  THEATER_TRY_VOID(input_->read_at(found->second->offset, bytes));
  if (sha256(bytes) != digest) {
    return fail(ErrorCode::kCorrupt, "the blob {} was changed while the export was read",
                digest.to_string());
  }
  return bytes;
}

Result<std::optional<SourcedEvent>> ExportSource::next() {
  auto read = reader_.next();
  if (!read) {
    return Failure(std::move(read).error().with_context(
        fmt::format("at byte {} of the export", reader_.offset())));
  }
  if (!*read) return std::nullopt;
  return SourcedEvent{.bytes = std::move((*read)->bytes), .bodies = std::move((*read)->bodies)};
}

}  // namespace theater::log
