// Writes logs for tests, group by group, as docs/formats/log.md says and by none of the code that
// writes them otherwise.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/log/event/bodies.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/payload.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/segment/body_format.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace theater::log {

// A detached payload, as a body file has it.
struct BuiltBody {
  Salt salt{};
  Bytes bytes;

  // How its record keeps it. A form with a base takes the record before it in the file.
  BodyForm form = BodyForm::kRaw;

  // As the event has it.
  Payload payload() const;
};

// An event as it was put into the log, for comparison.
struct BuiltEvent {
  ActorNumber actor;
  Bytes bytes;
  std::vector<BuiltBody> bodies;
};

enum class Footers : uint8_t { kWritten, kLeftOut };

struct BuilderOptions {
  ActorId log_id;
  // After a group with which a segment is at least this large, it is sealed.
  uint64_t segment_bytes = uint64_t{64} << 20;
  Footers footers = Footers::kWritten;
  // How many zeros follow the groups of an unsealed segment.
  uint64_t room = 0;
};

// Not thread-safe. What goes wrong throws.
class SegmentBuilder {
 public:
  // `folder` is the log's; its segments/ is made.
  SegmentBuilder(std::filesystem::path folder, const BuilderOptions& options);

  // The next event of the actor's chain, for the next group; returns its hash.
  Hash record(ActorNumber actor, const Body& body, std::vector<BuiltBody> bodies = {});
  // An event of any bytes, for the next group.
  void add(ActorNumber actor, Bytes event, std::vector<BuiltBody> bodies = {});
  // Writes what was recorded as one group.
  void commit();
  // Seals the segment. The next one is made with the next group.
  void seal();
  // Writes `note` as the log's checkpoint.
  void write_checkpoint(std::string_view note) const;

  const std::filesystem::path& folder() const { return folder_; }
  // Of all groups written.
  const Tree& tree() const { return tree_; }
  const std::vector<BuiltEvent>& events() const { return events_; }
  // Those of one actor.
  std::vector<BuiltEvent> events(ActorNumber actor) const;
  // The number of the segment in which the next group will be.
  uint64_t segment() const { return number_; }

 private:
  void begin_segment();
  void write_group(Bytes& out);
  void write_body(const BuiltBody& body);
  void index_event(const BuiltEvent& event, uint64_t offset);
  void write_segment(uint64_t offset, ByteView bytes, uint64_t room);

  std::filesystem::path folder_;
  BuilderOptions options_;
  Tree tree_;
  std::vector<BuiltEvent> events_;
  std::vector<BuiltEvent> group_;
  std::map<ActorNumber, std::unique_ptr<Chain>> chains_;
  std::map<ActorNumber, ActorId> ids_;
  std::map<ActorNumber, uint64_t> counts_;

  // Of the segment that is being written; no bytes if none is.
  uint64_t number_ = 0;
  uint64_t size_ = 0;
  SegmentFooter footer_;
  Bytes bodies_;
  uint64_t last_body_ = 0;  // Where the newest record begins, and the bytes of its body.
  Bytes last_bytes_;
};

}  // namespace theater::log
