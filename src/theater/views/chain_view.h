// A chain as people and programs read it, from a stream of its events.
//
// The events come from memory, from a log, or from a log that grows. ChainText aligns lines with
// each other in batches; ChainValues gives one JSON value per event. Both take the events in their
// order, since an event's functions are numbered by the `instance` event before it. An object
// belongs to one thread.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/event/view.h"
#include "theater/log/reader/log_reader.h"
#include "theater/views/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace theater::views {

// The payloads that a log keeps next to an event, in their order; none for a removed payload.
using Bodies = std::vector<std::optional<log::StoredBody>>;

// Follows the function table of a chain; the part that both forms share.
class ChainReader {
 public:
  explicit ChainReader(log::FunctionTable functions) : viewer_(std::move(functions)) {}

  // Takes an event that is not shown. Fails with kInvalidArgument if it does not decode.
  Result<void> skip(ByteView event);

  // Takes an event and describes it. Fails as skip() does.
  Result<log::EventView> view(ByteView event, const Hash& hash);

 private:
  log::EventViewer viewer_;
};

// Position, time, type, short hash and a sentence for each event.
class ChainText {
 public:
  // `actor` is the name in the heading. `functions` is the function table before the first event.
  explicit ChainText(std::string actor, log::FunctionTable functions = {})
      : actor_(std::move(actor)), reader_(std::move(functions)) {}

  // The line above the events. Positions are aligned for a chain of this length.
  std::string heading(uint64_t events, const Hash& head);

  // Takes an event and shows nothing of it. Fails with kInvalidArgument if it does not decode.
  Result<void> skip(ByteView event) { return reader_.skip(event); }

  // Takes an event, and returns the lines that are complete: none, or a batch. Without `bodies` the
  // line has no preview of detached payloads. Fails as skip() does.
  Result<std::string> event(ByteView event, const Hash& hash, const Bodies* bodies = nullptr);

  // Returns the lines that event() still holds.
  std::string flush();

 private:
  // Bound of the lines that are aligned with each other.
  static constexpr size_t kBatchMax = 1000;

  struct Line {
    log::EventView view;
    std::string preview;
  };

  std::string actor_;
  ChainReader reader_;
  std::vector<Line> lines_;
  size_t seq_width_ = 0;
  size_t type_width_ = 0;
};

// One object for each event, with whole hashes and the bytes that were hashed.
class ChainValues {
 public:
  // As for ChainText; every object names the actor.
  explicit ChainValues(std::string actor, log::FunctionTable functions = {})
      : actor_(std::move(actor)), reader_(std::move(functions)) {}

  // Takes an event and gives no value. Fails with kInvalidArgument if it does not decode.
  Result<void> skip(ByteView event) { return reader_.skip(event); }

  // {"event": {…}}. `detached` lists the payloads outside the event; with `bodies`, their bytes
  // too. Fails as skip() does.
  Result<Json> event(ByteView event, const Hash& hash, const Bodies* bodies = nullptr);

 private:
  std::string actor_;
  ChainReader reader_;
};

}  // namespace theater::views
