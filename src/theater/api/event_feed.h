// Streams of events: what the log and living actors record, as Server-Sent Events.
//
// One thread reads for all clients (stream_pump.h). A client that reads slowly falls behind, and
// its events are read from the disk when it has room. Only an actor of durability `memory` forgets
// events before such a client; the client then gets a `gap`.
#pragma once

#include "theater/api/event_trail.h"
#include "theater/api/stream_pump.h"
#include "theater/base/guarded.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"
#include "theater/net/server_sent_events.h"
#include "theater/runtime/runtime.h"
#include "theater/views/event_view.h"
#include "theater/views/json.h"
#include "theater/views/payload_types.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace theater::api {

// Which events, and from where.
struct EventWish {
  EventChoice events;
  uint64_t from = 0;  // Position in the chain.
  StreamClient client = {};
};

struct EventPage {
  std::vector<views::Json> events;
  uint64_t first = 0;   // Position of the oldest event that can be read.
  uint64_t next = 0;    // Position behind the last event of the page.
  bool is_end = false;  // The chain has ended, and the page has its last event.
};

// Safe from any thread.
class EventFeed {
 public:
  // Payloads have the types of the handlers.
  EventFeed(Runtime& runtime, const HandlerSet& handlers, std::filesystem::path log_folder);

  // At most `limit` events. Blocks on the disk. Fails with kNotFound for an actor that neither the
  // log nor the runtime knows, else kCorrupt or kIo.
  Result<EventPage> read(const EventWish& wish, size_t limit);

  // Whether there is such a chain. Blocks on the disk. Fails as read() does.
  Result<void> check(const ActorId& actor);

  // The options of the streams that follow() takes.
  StreamOptions stream_options() const { return pump_.stream_options(); }

  // Writes events to `writer` until the chain ends or the client goes. Without room for a stream it
  // ends at once.
  void follow(EventWish wish, EventWriter writer);

  // Ends all streams, and takes no more.
  void stop() { pump_.stop(); }

 private:
  using Reader = std::unique_ptr<log::LogReader>;

  // The id of the chain in the log, which is open and fresh afterwards. False if it is not there.
  Result<bool> find(Reader& reader, const ActorId& actor) const;
  Result<EventPage> read_log(const log::LogReader& reader, const EventWish& wish, size_t limit);
  Result<EventPage> read_memory(const EventWish& wish, size_t limit);

  Runtime& runtime_;
  const std::filesystem::path log_folder_;
  views::PayloadTypes types_;
  Guarded<Reader> pages_;  // Of pages.
  TrailSources sources_;   // Of streams, in their thread.
  StreamPump pump_;
};

}  // namespace theater::api
