// A message that its sender's chain has and its receiver's has not, made again from the log.
#pragma once

#include "theater/actor/messaging/message.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/event.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/recovery/open_actor.h"

#include <cstdint>

namespace theater {

// The event `bytes`, which `cursor` has given last, with payloads of its own; those whose bytes
// were removed stay detached. Fails with kCorrupt, or as the cursor does.
Result<log::Event> whole_event(log::LogCursor& cursor, ByteView bytes);

// The event at that position of the log, with payloads of its own; those whose bytes were removed
// stay detached. Fails with kCorrupt, or as the reader does.
Result<log::Event> read_event(const log::LogReader& reader, uint64_t index);

// The same of event `seq` of an actor's chain, which must exist.
Result<log::Event> read_event(const log::LogReader& reader, const ActorId& actor, uint64_t seq);

// The message of kind send or request that `open` tells of, by a sender of that durability; no
// caller waits for its answer any more. Fails with kNotFound if its bytes were removed, and as
// read_event().
Result<Message> read_message(const log::LogReader& reader, const log::Undelivered& open,
                             log::Durability sender);

}  // namespace theater
