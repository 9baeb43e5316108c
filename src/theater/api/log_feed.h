// The log lines of the server's process, as pages and as streams: what its standard error has, and
// what guests say there. They are no record: a server keeps the last ones in memory
// (base/log_history.h), and they end with it.
#pragma once

#include "theater/api/stream_pump.h"
#include "theater/base/id.h"
#include "theater/base/log_history.h"
#include "theater/runtime/runtime.h"
#include "theater/views/json.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace theater::api {

// Which lines, and from where.
struct LogWish {
  std::optional<ActorId> actor;  // Only lines about this actor.
  uint64_t from = 0;             // Position; 0 for the first line that is kept.
  std::optional<size_t> last;    // In place of `from`: from so many lines before the end.
  StreamClient client = {};
};

// Safe from any thread.
class LogFeed {
 public:
  LogFeed(Runtime& runtime, std::shared_ptr<const LogHistory> lines);

  // The page as the API has it: `lines`, `first` and `next`. At most `limit` lines.
  views::Json read(const LogWish& wish, size_t limit) const;

  // The options of the streams that follow() takes.
  StreamOptions stream_options() const { return pump_.stream_options(); }

  // Writes lines to `writer` until the actor has ended, if there is one, or the client goes. Without
  // room for a stream it ends at once.
  void follow(const LogWish& wish, EventWriter writer);

  // Ends all streams, and takes no more.
  void stop() { pump_.stop(); }

 private:
  class Trail;

  Runtime& runtime_;
  const std::shared_ptr<const LogHistory> lines_;
  StreamPump pump_;
};

}  // namespace theater::api
