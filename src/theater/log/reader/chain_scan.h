// One actor's events in a log, read where they lie.
#pragma once

#include "theater/base/error.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"

namespace theater::log {

// What is wrong with a stored event, with where it lies and what to do.
Failure damage_at(const StoredEvent& stored, const Error& error);

// The next event of the actor that `cursor` goes along, which has one. Its bytes are valid until
// the cursor is moved. Fails with kCorrupt if there is none, or as the cursor does.
Result<StoredEvent> next_of_chain(LogCursor& cursor, const ActorId& actor);

}  // namespace theater::log
