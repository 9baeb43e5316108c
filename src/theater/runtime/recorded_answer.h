// The answer to a client's request, read from the record.
//
// The chain of the actor has it: in the `returned` of the call, in a later `sent` if the guest
// answered later, or in what ended the call. So a client that lost its connection, or its node, can
// have the answer again without a second execution.
#pragma once

#include "theater/base/id.h"
#include "theater/log/reader/log_reader.h"
#include "theater/runtime/once_failure.h"
#include "theater/runtime/runtime.h"

#include <cstdint>

namespace theater {

// The answer to the request whose `call` is event `seq` of the actor's chain: the guest's answer or
// error and its event, or kUnavailable with what ended the call. Fails with OnceRefusal::kGone if
// the log does not have it, and with kCorrupt or kIo. Blocks on the disk.
OnceResult<ClientReply> recorded_reply(const log::LogReader& reader, const ActorId& actor,
                                       uint64_t seq);

// Whether the actor started: with its id and no warnings, or failing as the start did. Fails as
// recorded_reply() does.
OnceResult<SpawnReport> recorded_start(const log::LogReader& reader, const ActorId& actor);

}  // namespace theater
