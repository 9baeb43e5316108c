// A place in what a stream sends, such as the events of a chain or the lines of a log.
//
// A trail reads on from its place and gives what it reads as text, as clients get it. All streams of
// one subject that are at the same place share one trail, so each text is made once
// (stream_group.h). A stream that falls behind gets a copy, and reads alone until it is there again.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace theater::api {

// A piece of a stream. Value type.
struct StreamPiece {
  enum class Next : uint8_t {
    kWait,  // Nothing more is there now.
    kMore,
    kOver,  // Nothing more will ever be there.
  };

  std::shared_ptr<const Bytes> text;  // Whole events; null for none.
  uint64_t from = 0;                  // The positions in it.
  uint64_t to = 0;                    // Behind the last one.
  Next next = Next::kWait;
};

// For the thread of a StreamPump.
class StreamTrail {
 public:
  // A text ends with the event that makes it so long.
  static constexpr size_t kTextBytes = size_t{48} << 10;

  virtual ~StreamTrail() = default;

  // The same place, with all that is known there.
  virtual std::unique_ptr<StreamTrail> copy() const = 0;

  // The position of the next event.
  virtual uint64_t next() const = 0;

  // Leaves out of texts what is before `position`.
  virtual void show_from(uint64_t position) = 0;

  // Whether read() may give something. Asked every few milliseconds, so it must be cheap.
  virtual bool may_have_more() = 0;

  // Reads on: to the end of a text, to the position `until`, or to the end of what is there.
  virtual Result<StreamPiece> read(uint64_t until) = 0;

  // Whether this trail, at the same place, can show its subject better than the other.
  virtual bool knows_more_than(const StreamTrail&) const { return false; }
};

}  // namespace theater::api
