// A place in the chain of one actor, or of the node, in its log or in the memory of its actor.
#pragma once

#include "theater/api/event_texts.h"
#include "theater/api/shown_event.h"
#include "theater/api/stream_trail.h"
#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/chain.h"
#include "theater/log/reader/log_reader.h"
#include "theater/runtime/runtime.h"
#include "theater/views/chain_view.h"
#include "theater/views/payload_types.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace theater::api {

// What trails read from, for the thread of their pump.
class TrailSources {
 public:
  TrailSources(Runtime& runtime, views::PayloadTypes& types) : runtime_(runtime), types_(types) {}

  Runtime& runtime() { return runtime_; }
  views::PayloadTypes& types() { return types_; }
  EventTexts& texts() { return texts_; }
  std::unique_ptr<log::LogReader>& log() { return log_; }

  // The chain of a living actor from `since` on, as it is or was since the last forget_chains().
  // Asks the actor's worker, and waits for it. Null for an actor that the runtime does not know.
  std::shared_ptr<const log::Chain> chain(const ActorId& actor, uint64_t since);
  void forget_chains() { chains_.clear(); }

 private:
  Runtime& runtime_;
  views::PayloadTypes& types_;
  std::unique_ptr<log::LogReader> log_;
  EventTexts texts_;
  std::unordered_map<ActorId, std::shared_ptr<const log::Chain>> chains_;
};

// For the thread of its pump.
class EventTrail final : public StreamTrail {
 public:
  // At the beginning of the chain. The sources outlive it, and have a log before it reads.
  EventTrail(TrailSources& sources, EventChoice choice);

  std::unique_ptr<StreamTrail> copy() const override;
  uint64_t next() const override { return next_; }
  void show_from(uint64_t position) override { from_ = position; }
  bool may_have_more() override;
  Result<StreamPiece> read(uint64_t until) override;
  bool knows_more_than(const StreamTrail& other) const override;

 private:
  EventTrail(const EventTrail& other);

  struct Text {
    Bytes events;
    size_t count = 0;
  };

  bool is_full(const Text& text, uint64_t until) const;
  Result<StreamPiece::Next> read_log(Text& text, uint64_t until);
  Result<StreamPiece::Next> read_memory(Text& text, uint64_t until);
  Result<void> pass_gap(Text& text, const log::Chain& chain);
  Result<void> add(Text& text, const ReadEvent& read, uint64_t seq, log::LogCursor* cursor);

  TrailSources& sources_;
  const EventChoice choice_;
  std::optional<views::ChainValues> values_;  // Always there; made again behind a gap.
  std::optional<log::LogCursor> cursor_;      // None for a chain that is not in the log.
  uint64_t from_ = 0;
  uint64_t next_ = 0;
  bool has_missed_ = false;  // Events that were forgotten before they were read.
  bool is_over_ = false;
};

}  // namespace theater::api
