// An actor's chain as lines.
#pragma once

#include "theater/cli/output.h"
#include "theater/log/chain.h"

#include <string>

namespace theater::cli {

enum class ChainForm {
  kText,  // Position, time, type, short hash, sentence.
  kJson,  // One object an event, with the whole hashes and the bytes that were hashed.
};

void print_chain(const log::Chain& chain, const std::string& actor, ChainForm form, Output& output);

// Microseconds since 1970 as "2026-01-31T12:00:00.000000Z".
std::string utc_text(uint64_t time_us);

}  // namespace theater::cli
