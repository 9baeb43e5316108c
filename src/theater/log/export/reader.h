// Reads an export once, from its beginning to its end, and checks its form: the checksums and the
// order of sections, and that payloads and content match the events.
//
// The caller must check that the events are a chain, and that the proof proves it (check.h).
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/event/event.h"
#include "theater/log/event/named_content.h"
#include "theater/log/export/format.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/merkle/tlog_text.h"
#include "theater/log/reader/chain_source.h"
#include "theater/log/segment/body_unpacker.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::log {

// The bytes of an export, from any storage.
class ExportInput {
 public:
  virtual ~ExportInput() = default;

  virtual uint64_t size() const = 0;
  // Fills `out` from `offset` on; the range lies inside the export. Fails with kIo, or kCorrupt if
  // the bytes no longer exist.
  virtual Result<void> read_at(uint64_t offset, std::span<uint8_t> out) const = 0;
};

// Fails as FileHandle::open() does.
Result<std::unique_ptr<ExportInput>> export_file(const std::filesystem::path& path);
std::unique_ptr<ExportInput> export_in_memory(Bytes bytes);

// Whether `path` is a regular file that begins as an export does.
bool is_export_file(const std::filesystem::path& path);

// An event in an export. `event` borrows from `bytes`.
struct ExportedEvent {
  uint64_t offset = 0;  // The offset of its section.
  Bytes bytes;
  Event event;
  Hash hash;
  // One for each detached payload, in order; none for a removed one, and for one past the
  // allowance.
  std::vector<std::optional<StoredBody>> bodies;

  ExportedEvent() = default;
  ExportedEvent(ExportedEvent&&) = default;
  ExportedEvent& operator=(ExportedEvent&&) = default;
};

// A proof that the event before it is in the log of a checkpoint.
struct ExportedProof {
  uint64_t offset = 0;
  uint64_t events = 0;  // The number of events before it.
  Hash event;           // The last of those events.
  InclusionText text;
  SignedCheckpoint checkpoint;
};

// Not thread-safe. Only offset() may be called after a failure.
class ExportReader {
 public:
  // Reads up to the first event. Bodies past the allowance count as removed; without one, all are
  // read. Fails with kCorrupt, kUnsupported for an unknown version, or kIo.
  static Result<std::unique_ptr<ExportReader>> open(std::unique_ptr<ExportInput> input,
                                                    BodyAllowance* allowance = nullptr);

  const ExportHeader& header() const { return header_; }
  // None if the log names no key.
  const std::optional<VerifierKey>& key() const { return key_; }

  // The next event; none at the end. Fails with kCorrupt, naming the fault at offset().
  Result<std::optional<ExportedEvent>> next();

  // The offset of the last section, or of the place where reading failed.
  uint64_t offset() const { return offset_; }
  uint64_t size() const { return input_->size(); }

  // The contents of the part read so far; all contents after next() has given none.
  const ExportEnd& counts() const { return counts_; }
  uint64_t bodies_removed() const { return bodies_removed_; }
  uint64_t bodies_recomputable() const { return bodies_recomputable_; }
  const std::optional<ExportedProof>& inclusion() const { return inclusion_; }
  const std::optional<ConsistencyText>& consistency() const { return consistency_; }
  // Content that events name and the export lacks.
  struct Missing {
    std::string what;
    Hash digest;
    uint64_t seq = 0;  // The first event that names it.
  };
  const std::vector<Missing>& missing() const { return missing_; }

  // Content in the part read so far, by its digest. Fails with kNotFound, kIo, or kCorrupt if the
  // file was changed meanwhile.
  Result<Bytes> blob(const Hash& digest) const;

 private:
  struct Section {
    ExportSection kind = ExportSection::kEnd;
    uint64_t offset = 0;
    ByteView payload;  // Valid until the next section is read.
  };
  // Content before the event that names it.
  struct Blob {
    Hash digest;
    uint64_t length = 0;
    bool is_there = false;
  };
  struct Place {
    uint64_t offset = 0;
    uint64_t length = 0;
  };

  ExportReader(std::unique_ptr<ExportInput> input, BodyAllowance* allowance)
      : input_(std::move(input)), unpacker_(allowance) {}

  Result<void> begin();
  Result<Section> read_section();
  // The bytes from `at_` on, in memory.
  Result<ByteView> take(size_t size);
  Result<Section> expect(ExportSection kind);

  Result<void> take_blob(const Section& section);
  Result<ExportedEvent> take_event(const Section& section);
  Result<void> take_bodies(ExportedEvent& event);
  Result<std::optional<StoredBody>> take_body(const Detached& payload, bool is_output);
  // The section `body` that begins there, before the last section.
  Result<LoadedBody> load_base(uint64_t offset) const;
  Result<void> match_blobs(const ExportedEvent& event);
  Result<void> take_inclusion(const Section& section);
  Result<void> take_consistency(const Section& section);
  Result<void> take_end(const Section& section);

  std::unique_ptr<ExportInput> input_;
  ExportHeader header_;
  std::optional<VerifierKey> key_;

  uint64_t at_ = 0;      // The offset of the next section.
  uint64_t offset_ = 0;  // The offset of the last section.
  Bytes window_;
  uint64_t window_at_ = 0;
  std::optional<ExportSection> before_;  // The last section.
  bool at_end_ = false;

  ExportEnd counts_;
  uint64_t bodies_removed_ = 0;
  uint64_t bodies_recomputable_ = 0;
  BodyUnpacker unpacker_;
  Hash last_event_;
  std::vector<Blob> pending_;                   // Blobs since the last event.
  std::map<Hash, std::optional<Place>> known_;  // All named content; none if missing.
  ComputedState computed_;
  std::vector<Missing> missing_;
  std::optional<ExportedProof> inclusion_;
  std::optional<ConsistencyText> consistency_;
};

// An exported chain as the input of a replay. Takes the events from `reader`, which outlives it and
// has no other user. Failures name the byte in the export. Not thread-safe.
class ExportSource final : public ChainSource {
 public:
  explicit ExportSource(ExportReader& reader) : reader_(reader) {}

  Result<std::optional<SourcedEvent>> next() override;

 private:
  ExportReader& reader_;
};

}  // namespace theater::log
