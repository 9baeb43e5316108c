// An actor's chain as lines, from a stream of its events: from memory, from a log, or from one that
// is growing.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/cli/output.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/view.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace theater::cli {

enum class ChainForm {
  kText,  // Position, time, type, short hash, sentence.
  kJson,  // One object an event, with the whole hashes and the bytes that were hashed.
};

// Prints events as they are handed over, in their order. Not thread-safe; the output outlives it.
class ChainPrinter {
 public:
  // `actor` is how the actor is called in what is printed; `functions` the function table that is
  // current before the first event.
  ChainPrinter(std::string actor, ChainForm form, Output& output,
               log::FunctionTable functions = {});

  // The line above the events, in text.
  void heading(uint64_t events, const Hash& head);

  // Takes an event that is not to be printed: what follows may need its function table. Fails with
  // kInvalidArgument, as decode_event() does.
  Result<void> skip(ByteView event);

  // The payloads that are kept beside an event, in their order; none for one that was removed.
  using Bodies = std::vector<std::optional<log::StoredBody>>;

  // Takes an event. Without `bodies` nothing is said of the bytes of detached payloads. Fails as
  // skip() does. Lines may be held back until flush(), to be aligned with each other.
  Result<void> event(ByteView event, const Hash& hash, const Bodies* bodies = nullptr);

  void flush();

 private:
  // How many lines are aligned with each other at most.
  static constexpr size_t kBatchMax = 1000;

  struct Line {
    log::EventView view;
    std::string preview;
  };

  std::string actor_;
  ChainForm form_;
  Output& output_;
  log::EventViewer viewer_;
  std::vector<Line> lines_;
  size_t seq_width_ = 0;
  size_t type_width_ = 0;
};

// All that a chain in memory keeps.
void print_chain(const log::Chain& chain, const std::string& actor, ChainForm form, Output& output);

// Microseconds since 1970 as "2026-01-31T12:00:00.000000Z".
std::string utc_text(uint64_t time_us);

}  // namespace theater::cli
