// For tests of exports: a log with one actor that has everything an export can hold, and exports of
// it in memory.
#pragma once

#include "theater/log/export/check.h"
#include "theater/log/export/writer.h"
#include "theater/log/testing/log_home.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::log {

// A log on disk with two actors. The first has two manifests, two components, two states,
// detached payloads and a snapshot. What goes wrong throws.
class ExportSample {
 public:
  ExportSample();

  const LogHome& home() const { return home_; }
  std::filesystem::path folder() const { return home_.folder(); }
  const ActorId& actor() const { return actor_; }
  const ActorId& other_actor() const { return other_; }
  // Of the actor.
  uint64_t events() const { return events_; }
  // The newest, and the one before the actor had all its events.
  std::string note() const;
  const std::string& early_note() const { return early_note_; }
  // How many of its events that covers.
  uint64_t early_events() const { return early_events_; }
  VerifierKey key() const;

  // The whole chain under the newest checkpoint.
  ExportRequest request() const;
  // The bytes of an export.
  Bytes write(const ExportRequest& request) const;
  Bytes write() const { return write(request()); }
  Result<ExportSummary> try_write(const ExportRequest& request, Bytes& out) const;

  // Overwrites the first body of the log as removing it does.
  void remove_first_body() const;
  void remove_blob(const Hash& digest) const;
  const Hash& component() const { return component_; }

 private:
  LogHome home_;
  ActorId actor_;
  ActorId other_;
  Hash component_;
  uint64_t events_ = 0;
  uint64_t early_events_ = 0;
  std::string early_note_;
};

ExportReport check_bytes(Bytes bytes, const ExportCheckOptions& options = {});

// The sections of an export, to be put together in another way.
struct ExportPart {
  ExportSection kind = ExportSection::kEnd;
  Bytes payload;
};
struct ExportParts {
  Bytes header;
  std::vector<ExportPart> sections;
};
ExportParts parts_of(const Bytes& bytes);
// With right checksums, and `end` as it is there.
Bytes bytes_of(const ExportParts& parts);

}  // namespace theater::log
